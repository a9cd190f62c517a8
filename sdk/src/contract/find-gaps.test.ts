import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readStretch } from './find-gaps.ts';

it('takes for white space what `\\s` matches, and nothing else', () => {
  const wrong = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => readStretch(`a${character}b`).spaces.length !== (/\s/.test(character) ? 1 : 0),
  );
  expect(wrong).toEqual([]);
});

it('finds the same white space and line breaks as regular expressions', () => {
  const unit = fc.constantFrom('\r', '\n', '\r\n', '\u2028', '\u2029', '\v', ' ', '\u3000', '\ufeff', 'a', '문', '👍');
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 30 }).map((parts) => parts.join('')),
      (text) => {
        const expected = [...text.matchAll(/\s+/g)].map(({ 0: found, index }) => ({
          start: index,
          end: index + found.length,
          lineBreaks: found.match(/\r\n|[\n\r\u2028\u2029]/g)?.length ?? 0,
        }));
        expect(readStretch(text).spaces).toEqual(expected);
      },
    ),
  );
});
