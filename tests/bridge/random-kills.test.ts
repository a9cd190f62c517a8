import { it } from 'vitest';
import { expectEveryItemToEndOnce } from './random-kills.ts';

it('ends every item exactly once, whatever dies when', () => expectEveryItemToEndOnce(2), 60_000);
