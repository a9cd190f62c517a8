import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitText } from '../contract/split-text.ts';
import { indexHeldOut } from './index-held-out.ts';

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  fc.constantFrom('the', 'ΟΔΟΣ', 'ﬁle', 'Straße', 'é', '한국어', 'हिन्दी', 'aaaa', '10', '²'),
);
const page = fc.array(word, { minLength: 1, maxLength: 120, size: 'max' }).map((words) => words.join(' '));
const spaces = fc.array(fc.constantFrom(' ', '\n', '\t', '\u00a0', '  ', ' \r\n '), { minLength: 1, maxLength: 5 });
const hasWords = (text: string) => /[\p{L}\p{N}]/u.test(text.normalize('NFKD'));

/** The same words with other white space between them. */
const respaced = (text: string, between: readonly string[]) =>
  text
    .split(/\s+/)
    .map((one, index) => `${one}${between[index % between.length]}`)
    .join('');

it('knows every part of a held-out page, however it is spaced, and every page around one', () => {
  let longPages = 0;
  fc.assert(
    fc.property(
      fc.array(page, { minLength: 1, maxLength: 6 }),
      spaces,
      fc.nat(),
      fc.integer({ min: 1, max: 300 }),
      (pages, between, pick, maxCharacters) => {
        const index = indexHeldOut(pages);
        const text = pages[pick % pages.length] as string;
        for (const part of splitText(text, { maxCharacters })) {
          expect(index.holds(respaced(part.text, between))).toBe(hasWords(part.text));
        }
        const words = [...text.normalize('NFKD').matchAll(/[\p{L}\p{N}]/gu)].length;
        // A few words stand on many pages.
        if (words >= 64) {
          longPages += 1;
          expect(index.holds(`Home | ${respaced(text, between)} | imprint`)).toBe(true);
        }
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
  expect(longPages).toBeGreaterThan(20);
});

it('knows no other page', () => {
  // Words that are nowhere else, and pages of the same beginning.
  const [known, other] = ['a', 'b'].map((name) =>
    Array.from({ length: 200 }, (_, number) => `${name}${number % 7}${number} of`).join(' '),
  ) as [string, string];
  const common = 'They begin with the same words, a menu and a banner, for longer than a window is. '.repeat(3);
  const index = indexHeldOut([`${common}${known}`, 'Short.', '...', '']);
  expect(index.holds(`${common}${known}`)).toBe(true);
  for (const text of [other, `${common}${other}`, `${other}${common}`, 'Short, and more.', '', ' \n', '...', '!']) {
    expect(index.holds(text)).toBe(false);
  }
  expect(indexHeldOut([]).holds(other)).toBe(false);
});
