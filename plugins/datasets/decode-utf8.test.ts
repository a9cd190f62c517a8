import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from './decode-utf8.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

describe('decodeUtf8', () => {
  it('reads all UTF-8 and keeps a byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        const wellFormed = `\ufeff${text.toWellFormed()}`;
        expect(decodeUtf8(Buffer.from(wellFormed))).toEqual({ text: wellFormed });
      }),
    );
  });

  it('names the first byte that no continuation makes good', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.uint8Array({ minLength: 1 }), (text, noise) => {
        const bytes = Buffer.concat([Buffer.from(text.toWellFormed()), noise]);
        const decoded = decodeUtf8(bytes);
        expect('text' in decoded).toBe(isUtf8(bytes));
        if ('badByte' in decoded && decoded.badByte < bytes.length) {
          expect(isUtf8(bytes.subarray(0, decoded.badByte + 1))).toBe(false);
        }
      }),
    );
    expect(decodeUtf8(Buffer.from([0x61, 0xff, 0x62]))).toEqual({ badByte: 1 });
    expect(decodeUtf8(Buffer.from([0x61, 0xed, 0xa0, 0x80]))).toEqual({ badByte: 2 }); // CESU: a surrogate as bytes
    expect(decodeUtf8(Buffer.from([0x61, 0xe2, 0x82]))).toEqual({ badByte: 3 }); // cut off: bad at the end
  });
});
