import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCharacters } from './count-characters.ts';
import { joinParts } from './join-parts.ts';
import { type SplitLimits, splitText } from './split-text.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

/** Text in the manner of broken crawls: every kind of white space, joiners, flags, fences, lone surrogates. */
const nastyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[' ', '  ', '\n', '\n\n', '\r\n', '\r\n\r\n', '\r', '\t', '\u00a0', '\u2028', '\u2029', '\u3000', '\ufeff'],
        ...[
          '\u200b',
          '\u200d',
          '\u200c',
          '\u0301',
          '\u0600',
          '👩‍👩‍👧‍👦',
          '🇩🇪🇫🇷',
          '👍🏽',
          '\ud83d',
          '\ude00',
          'क्षि',
          'ไทยไม่มีช่องว่าง',
        ],
        ...[
          '```\n',
          '| a | b |\n',
          '- item\n',
          '1. one\n',
          'One. Two! ',
          '今天天气很好。我们去公园。',
          'Zürich',
          '. ',
          '…',
        ],
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: anyCharacter, maxLength: 10 }),
      fc.lorem({ maxCount: 20 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** About what a byte-level tokenizer does: one token for up to four letters, more for everything else. */
function countTokens(text: string): number {
  return (text.match(/ ?[a-z]{1,4}|./gisu) ?? []).length;
}

const someLimits: fc.Arbitrary<SplitLimits> = fc.oneof(
  fc.record({ maxCharacters: fc.integer({ min: 1, max: 120 }) }),
  fc.record({
    maxCharacters: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(Number.POSITIVE_INFINITY)),
    maxTokens: fc.integer({ min: 1, max: 60 }),
    countTokens: fc.constant(countTokens),
  }),
);

const texts = (text: string, limits: SplitLimits) => splitText(text, limits).map((piece) => piece.text);

function identity(text: string, limits: SplitLimits): string {
  const parts = splitText(text, limits).map((piece, index) => ({
    passage: { documentId: '1', index, ...piece },
    text: piece.text,
  }));
  return joinParts(parts, { id: '1', text, metadata: {} });
}

describe('splitText', () => {
  it('loses no character and keeps within the limits, whatever the text', () => {
    fc.assert(
      fc.property(nastyText, someLimits, (text, limits) => {
        const pieces = splitText(text, limits);
        const together = pieces.map((piece) => piece.before + piece.text).join('');
        expect(together + text.slice(together.length)).toBe(text);
        expect(text.slice(together.length).trim()).toBe('');
        expect(identity(text, limits)).toBe(text);
        for (const piece of pieces) {
          expect(piece.text).not.toBe('');
          expect(piece.before.trim()).toBe('');
          expect(countCharacters(piece.text)).toBeLessThanOrEqual(limits.maxCharacters);
          expect(countCharacters(piece.text) === 1 || countTokens(piece.text) <= (limits.maxTokens ?? 1e9)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('cuts no grapheme and no surrogate pair while there is room for them', () => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 1, max: 80 }), (text, maxCharacters) => {
        const segments = [...graphemes.segment(text)];
        fc.pre(segments.every(({ segment }) => countCharacters(segment) <= maxCharacters));
        const bounds = new Set(segments.map(({ index }) => index).concat(text.length));
        let at = 0;
        for (const [index, { before, text: piece }] of splitText(text, { maxCharacters }).entries()) {
          expect(index === 0 || bounds.has(at)).toBe(true);
          expect(index === 0 || bounds.has(at + before.length)).toBe(true);
          at += before.length + piece.length;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(['', ' ', '\n\r\n\t \u00a0\u3000'])('finds no piece in %j', (text) => {
    expect(splitText(text, { maxCharacters: 10 })).toEqual([]);
    expect(identity(text, { maxCharacters: 10 })).toBe(text);
  });

  it('keeps a text that fits in one piece, with the white space before it', () => {
    expect(splitText('\n one\n\ntwo \n', { maxCharacters: 8 })).toEqual([{ before: '\n ', text: 'one\n\ntwo' }]);
    expect(texts('👩‍👩‍👧‍👦'.repeat(3), { maxCharacters: 21 })).toHaveLength(1);
  });

  it('prefers paragraphs to lines, lines to sentences, sentences to words', () => {
    expect(texts('Aa bb. Cc.\n\nDd.\nEe ff.', { maxCharacters: 16 })).toEqual(['Aa bb. Cc.', 'Dd.\nEe ff.']);
    expect(texts('Aa. Bb cc dd.\nEe. Ff gg hh.', { maxCharacters: 20 })).toEqual(['Aa. Bb cc dd.', 'Ee. Ff gg hh.']);
    expect(texts('Aa bb cc dd? Ee ff gg hh ii.', { maxCharacters: 20 })).toEqual(['Aa bb cc dd?', 'Ee ff gg hh ii.']);
    expect(texts('aa bb cc dd ee ff', { maxCharacters: 10 })).toEqual(['aa bb cc', 'dd ee ff']);
  });

  it('takes a line break before a small letter for a wrapped line', () => {
    const wrapped = 'The first sentence of it goes\non here. And the second one goes\non there.';
    expect(texts(wrapped, { maxCharacters: 50 })).toEqual([
      'The first sentence of it goes\non here.',
      'And the second one goes\non there.',
    ]);
  });

  it('cuts Chinese and Thai between words and base64 anywhere', () => {
    expect(texts('今天天气很好。我们去公园散步。', { maxCharacters: 10 })).toEqual([
      '今天天气很好。',
      '我们去公园散步。',
    ]);
    expect(texts('สวัสดีครับยินดีต้อนรับ', { maxCharacters: 14 })).toEqual(['สวัสดีครับ', 'ยินดีต้อนรับ']);
    expect(texts('QUJD'.repeat(5), { maxCharacters: 12 })).toEqual(['QUJDQUJDQU', 'JDQUJDQUJD']);
  });

  it('makes few pieces of about equal length', () => {
    const pages = Array.from({ length: 10 }, (_, index) => `Paragraph ${index} ${'word '.repeat(180)}end.`).join(
      '\n\n',
    );
    const lengths = texts(pages, { maxCharacters: 7000 }).map(countCharacters);
    expect(lengths).toHaveLength(2);
    expect(Math.min(...lengths)).toBeGreaterThan(4000);
    expect(texts(`${'word '.repeat(1400)}end.`, { maxCharacters: 7000 }).map(countCharacters)).toEqual([3504, 3499]);
  });

  it.each([
    ['a code fence', '```js\nconst a = 1;\n\nconst b = 2;\n```'],
    ['a table', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |'],
    ['a list', '- First thing here\n- Second thing here\n\n- Third'],
  ])('does not cut %s that fits', (_, block) => {
    const around = 'Some words of an ordinary paragraph. ';
    const text = `${around}\n\n${block}\n\n${around.repeat(2)}`;
    for (let maxCharacters = block.length; maxCharacters < text.length; maxCharacters += 1) {
      expect(texts(text, { maxCharacters }).some((piece) => piece.includes(block))).toBe(true);
    }
  });

  it('cuts a block that fits nowhere between its lines', () => {
    const list = Array.from({ length: 20 }, (_, index) => `- Item number ${index}`).join('\n');
    expect(texts(list, { maxCharacters: 100 }).every((piece) => /^- Item.*\d$/s.test(piece))).toBe(true);
  });

  it('reads a long text without a space in linear time, and counts little more than each token', () => {
    for (const unit of ['QUJD', '今天', '🇩🇪', '👍🏽', 'a\u0301', '| a ', '- a\n', '``` ']) {
      const text = unit.repeat(Math.ceil(100_000 / unit.length));
      let counted = 0;
      const count = (piece: string) => {
        counted += piece.length;
        return Math.ceil(piece.length / 3);
      };
      const started = performance.now();
      const pieces = splitText(text, { maxCharacters: 7000, maxTokens: 1600, countTokens: count });
      expect(pieces.length).toBeLessThan(45);
      expect(counted).toBeLessThan(12 * text.length);
      expect(performance.now() - started).toBeLessThan(3000);
    }
  });

  it('ends with a counter that makes no sense', () => {
    for (const countTokens of [
      () => Number.POSITIVE_INFINITY,
      () => Number.NaN,
      (text: string) => 1000 / text.length,
    ]) {
      const text = 'one two three four '.repeat(20);
      expect(identity(text, { maxCharacters: 100, maxTokens: 5, countTokens })).toBe(text);
    }
  });
});
