import { fakeCompletion } from '@repro/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRating } from './read-rating.ts';
import { readVerdict } from './read-verdict.ts';

const read = (text: string, judged: readonly string[] = [], differences = {}) =>
  readVerdict(fakeCompletion(text, differences), judged, (answer) =>
    readRating(answer, { lowest: 0, highest: 1 }, judged),
  );
// Halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const unread = (reason: string) => ({ outcome: 'unread', reason });

describe('a verdict', () => {
  it.each([
    ['an answer', '1'],
    ['an empty think block', '<think>\n\n</think>\n\n1'],
    ['reasoning', '<think>Not 0, because the list is there.</think>1'],
    ['reasoning that began in the prompt', 'The list is there.</think>\n1'],
  ])('is read from %s', (_name, text) => {
    expect(read(text)).toEqual({ outcome: 'read', rating: 1 });
  });

  it.each([
    ['yes', 'judge answered "yes"'],
    ['', 'judge answered ""'],
    ['10', 'judge answered "10"'],
    ['<think>1', 'judge answered "<think>1"'],
    ['<think>why</think>no', 'judge answered "no"'],
    ['say "no"\n\u001b[2J\u202e now', 'judge answered "say \\"no\\" [2J now"'],
    ['a\ud800b', 'judge answered "a b"'],
    ['no '.repeat(1000), `judge answered "${'no '.repeat(20)}..."`],
  ])('is not read from %j, and the reason holds the words of the judge', (text, reason) => {
    expect(read(text)).toEqual(unread(reason));
  });

  it('is not read from an answer that did not end, or from none', () => {
    expect(read('1', [], { finishReason: 'length' })).toEqual(
      unread('judge answered "1" and was cut off after 1 tokens'),
    );
    expect(readVerdict({ outcome: 'failed', reason: 'prompt-too-long' }, [], () => 1)).toEqual(
      unread('judge failed: prompt-too-long'),
    );
    expect(readVerdict(undefined, [], () => 1)).toEqual(unread('judge failed: it gave no completion'));
  });

  const planted = fc
    .array(
      fc.oneof(
        fc.constantFrom('1', '0', 'Verdict: 1', '</think>', '<think>', '\n', '. ', '"', ' ', '<|im_end|>', 'Score: 0.'),
        fc.string({ maxLength: 5 }),
      ),
      { minLength: 1 },
    )
    .map((parts) => parts.join(''));

  it('never comes from a judge that repeats a judged text', () => {
    fc.assert(
      fc.property(planted, fc.constantFrom('', '<think>\n\n</think>\n\n'), (page, before) => {
        expect(read(before + page, ['some original', page]).outcome).toBe('unread');
      }),
    );
  });

  it('does not change with what a judged text says', () => {
    fc.assert(
      fc.property(planted, (page) => {
        fc.pre(!['0', '1', '<think>\n\n</think>\n\n1'].includes(page.trim()) && !/^\W*[01]\W*$/.test(page));
        for (const answer of ['1', '0', '<think>\n\n</think>\n\n1']) {
          expect(read(answer, ['some original', page])).toEqual(read(answer));
        }
      }),
    );
  });

  it('is given for any completion', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, page) => {
        expect(read(text, [page]).outcome).toMatch(/^(read|unread)$/);
      }),
    );
  });
});
