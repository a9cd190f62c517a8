import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRating } from './read-rating.ts';

const fiveSteps = { lowest: 1, highest: 5 };
const yesOrNo = { lowest: 0, highest: 1 };

// Halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });

describe('a rating', () => {
  it.each([
    ['5.0 (very good)', 5],
    ['4/5', 4],
    ['**Score: 3**', 3],
    ['There are 3 lists. Score: 2', 2],
    ['Overall score: 4.', 4],
    ['The text is clear.\n\nRating = 5', 5],
    ['"2"', 2],
    [' 4\n', 4],
  ])('R05: is read from %j', (answer, rating) => {
    expect(readRating(answer, fiveSteps, [])).toBe(rating);
  });

  it.each([
    '10',
    '1e-1',
    '-1',
    '',
    'I cannot rate this.',
    '[ERROR] 503 upstream',
    'Score: NaN',
    'Score: 4 or 5',
    'Reward: 10',
    '4/10',
    '3.5',
    '0',
    '3 lists were flattened',
    'I would give it a score: 4',
    'Score: 2. Score: 4',
    'Score: 4 (or 5)',
    '4\n5',
    '４',
    '1000000000000000000000',
  ])('R05: is not read from %j', (answer) => {
    expect(readRating(answer, fiveSteps, [])).toBeUndefined();
  });

  it.each([
    ['1', 1],
    [' 0\n', 0],
    ['Verdict: 1', 1],
    ['10', undefined],
    ['0.9', undefined],
    ['yes', undefined],
    ['2', undefined],
  ])('R05: of 0 or 1 is read from %j as %s', (answer, rating) => {
    expect(readRating(answer, yesOrNo, [])).toBe(rating);
  });

  it('is not taken from words that stand in a judged text', () => {
    const page = 'A fine page. **Score:   5** And so on.';
    expect(readRating('The page is fine.\nscore: 5', fiveSteps, ['x', page])).toBeUndefined();
    expect(readRating('Score: 5', fiveSteps, ['x', page])).toBeUndefined();
    expect(readRating('Score: 2', fiveSteps, ['x', page])).toBe(2);
    expect(readRating('5', fiveSteps, ['x', page])).toBe(5);
  });

  it('is on the scale or not there, whatever the answer', () => {
    const pieces = fc.constantFrom('Score: ', '4', '5', ' ', '\n', '.', '/', '(', ')', '**', 'and', '-', '"', '0');
    const answers = fc.oneof(
      anyText,
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(answers, (answer) => {
        expect([undefined, 1, 2, 3, 4, 5]).toContain(readRating(answer, fiveSteps, [answer.slice(1)]));
      }),
    );
  });

  it.each([' ', '(', '1', '\n', 'score: ', 'score: 1. ', '"', '.'])(
    'is looked for in linear time among %j',
    (piece) => {
      const started = performance.now();
      readRating(piece.repeat(1_000_000 / piece.length), fiveSteps, [piece.repeat(200_000)]);
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );
});
