import { countCharacters } from '@repro/sdk/contract';
import { expect, it } from 'vitest';
import { cleanPage } from './clean-page.ts';

it.each([
  ['"... and then it rained.', 'and then it rained.'],
  ['"…" he said', 'he said'],
  ['... and then', '... and then'],
  ['"A quote" stays.', '"A quote" stays.'],
  ['Look: ![a mill](https://example.org/mill_(old).jpg "The mill") here', 'Look:  here'],
  ['![logo][1]\nText', 'Text'],
  ['<p><IMG src="a.png" alt=\'x\'>Text</p>', '<p>Text</p>'],
  ['A [link](https://example.org) stays! [So] does ![this', 'A [link](https://example.org) stays! [So] does ![this'],
  ['<imgur> stays, as does <img', '<imgur> stays, as does <img'],
])('makes of %j %j', (text, cleaned) => {
  expect(cleanPage(text)).toBe(cleaned);
});

it('keeps 20,000 characters, none of them cut in two', () => {
  const cleaned = cleanPage(`a${'\u{1F600}'.repeat(30_000)}`);
  expect(countCharacters(cleaned)).toBe(20_000);
  expect(cleaned.isWellFormed()).toBe(true);
});

it.each(['![', '![a](', '![a](b', '<img ', '"', '(', '![a]('.repeat(3), ' '])(
  'reads a megabyte of %j in no time',
  (piece) => {
    const started = performance.now();
    cleanPage(piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);
