import { expect, it } from 'vitest';
import { saysNothing } from './says-nothing.ts';

it.each(['', '   ', '\u200b\n', '\ufeff', '\u00ad\u2060\u3164', '\u2800', 'Here is a paraphrased version:\n'])(
  'finds nothing in %j',
  (text) => {
    expect(saysNothing(text)).toBe(true);
  },
);

it.each(['.', 'a', '\u{1f600}', 'คำ', 'Here is a paraphrased version: a'])('finds something in %j', (text) => {
  expect(saysNothing(text)).toBe(false);
});
