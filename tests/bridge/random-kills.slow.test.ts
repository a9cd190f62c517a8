import { it } from 'vitest';
import { expectEveryItemToEndOnce } from './random-kills.ts';

it('ends every item exactly once, whatever dies when, many times over', () => expectEveryItemToEndOnce(60));
