import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxJsonDepth, parseJson, stringifyJson } from './json-text.ts';
import type { JsonValue } from './json-value.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

const anyJson = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.string({ unit: anyCharacter }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !isUnsafeInteger(value)),
    fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON', 'rawJSON')), tie('value')),
        {
          maxLength: 4,
        },
      )
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** Such a double is written as plain digits (up to 1e21) and read back as the same integer, but as a bigint. */
function isUnsafeInteger(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

describe('parseJson', () => {
  it('reads back every value that stringifyJson wrote', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        // vitest's own comparison takes an own key `constructor` for the class of the object.
        expect(isDeepStrictEqual(parseJson(stringifyJson(value)), value)).toBe(true);
      }),
    );
  });

  it('agrees with JSON.parse about what is JSON', () => {
    const nearlyJson = fc.array(fc.constantFrom(...'{}[]",:0123456789.eE+-tfn\\u ')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(accepts(parseJson, text)).toBe(accepts(JSON.parse, text));
      }),
    );
  });

  it('keeps every integer, whatever its size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(stringifyJson(parseJson(`[${value}]`))).toBe(`[${value}]`);
      }),
    );
    expect(parseJson('9007199254740991')).toBe(9007199254740991);
    expect(parseJson('9007199254740993')).toBe(9007199254740993n);
    expect(stringifyJson(parseJson('-0'))).toBe('-0');
  });

  it('keeps a key named __proto__ and touches no prototype', () => {
    const text = '{"__proto__":{"x":12345678901234567890},"constructor":"c"}';
    const value = parseJson(text);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(stringifyJson(value)).toBe(text);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it.each(['1e400', '[-1e999]', '{"a":1e+309}', `${'9'.repeat(310)}.5`])(
    'refuses %s, which no double holds',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it('refuses an integer that Python could not read back', () => {
    expect(parseJson('9'.repeat(4300))).toBeTypeOf('bigint');
    expect(() => parseJson('9'.repeat(4301))).toThrow(/more than 4300 digits/);
  });

  it('refuses text that is nested too deep to be written again', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(stringifyJson(parseJson(nested(maxJsonDepth)))).toBe(nested(maxJsonDepth));
    expect(() => parseJson(nested(maxJsonDepth + 1))).toThrow(/levels deep/);
    expect(() => parseJson(nested(100_000))).toThrow(/levels deep/);
    expect(parseJson(`[${'[1],'.repeat(5000)}1e3]`)).toHaveLength(5001);
  });
});

describe('stringifyJson', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('throws on %s', (value) => {
    expect(() => stringifyJson({ score: value })).toThrow(/"score"/);
  });

  it('leaves out undefined and writes one line', () => {
    expect(stringifyJson({ a: undefined, b: 'x\ny' })).toBe('{"b":"x\\ny"}');
  });
});

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    // A number that JSON.parse would turn into Infinity is the one text on which the two differ.
    return parse === parseJson && /\d[eE]\+?\d{3}/.test(text) ? accepts(JSON.parse, text) : false;
  }
}
