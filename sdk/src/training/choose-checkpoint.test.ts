import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Candidate, chooseCheckpoint, defaultFloors } from './choose-checkpoint.ts';
import { evaluateAnswers, totalsByDocument } from './evaluate-answers.ts';
import type { HeldOutAnswer } from './held-out-answers.ts';

const rewards = [
  { name: 'quality', weight: 1, threshold: undefined, onlyIf: undefined },
  { name: 'meaning', weight: 1, threshold: 0.5, onlyIf: undefined },
];

/** One accepted answer per document. */
function answersOf(step: number, parts: readonly { readonly quality: number; readonly meaning: number }[]) {
  return parts.map(
    ({ quality, meaning }, row): HeldOutAnswer => ({
      step,
      row,
      documentId: `d${row}`,
      mode: 'sample',
      sample: 0,
      outcome: 'accepted',
      finishReason: 'stop',
      scores: { quality, meaning },
      total: quality + Number(meaning >= 0.5),
      characters: 10,
      sourceCharacters: 10,
      text: 'x',
    }),
  );
}

function candidate(step: number, parts: Parameters<typeof answersOf>[1]): Candidate {
  const answers = answersOf(step, parts);
  return {
    step,
    totals: totalsByDocument(answers),
    evaluation: evaluateAnswers(step, answers, { rewards, seed: 1 }),
  };
}

/** Documents that differ from each other, each with this much more. */
const raised = (by: number, meaning = 1) =>
  Array.from({ length: 20 }, (_, row) => ({ quality: row / 10 + by + (row % 3) * 0.001, meaning }));

const start = candidate(0, raised(0));

it('takes the best, and says what it gained', () => {
  const { choice } = chooseCheckpoint(start, [candidate(1, raised(0.1)), candidate(2, raised(0.4))], {
    floors: {},
    seed: 1,
  });
  expect(choice).toMatchObject({ step: 2, isShownBetter: true, why: expect.stringContaining('the best mean total') });
  expect(choice?.verdicts.map(({ gain }) => Number(gain?.mean.toFixed(3)))).toEqual([0.1, 0.4]);
});

it('takes the earliest of those that are as good as the best', () => {
  const noisy = raised(0.3).map((part, row) => ({ ...part, quality: part.quality + (row % 2 === 0 ? 0.05 : -0.04) }));
  const { choice } = chooseCheckpoint(start, [candidate(1, raised(0.3)), candidate(2, noisy)], { floors: {}, seed: 1 });
  expect(choice).toMatchObject({
    step: 1,
    why: expect.stringContaining('within one standard error of the best, step 2'),
  });
});

it('says so when even the best is not shown to be better than before', () => {
  const noisy = raised(0).map((part, row) => ({ ...part, quality: part.quality + (row % 2 === 0 ? 0.05 : -0.04) }));
  expect(chooseCheckpoint(start, [candidate(1, noisy)], { floors: {}, seed: 1 }).choice?.isShownBetter).toBe(false);
  expect(chooseCheckpoint(undefined, [candidate(1, raised(1))], { floors: {}, seed: 1 }).choice?.isShownBetter).toBe(
    false,
  );
});

it('leaves out what is below a floor, and chooses nothing when all are', () => {
  const bought = candidate(2, raised(5, 0));
  const options = { floors: { meaning: 0.95 }, seed: 1 };
  expect(chooseCheckpoint(start, [candidate(1, raised(0.1)), bought], options).choice?.step).toBe(1);
  const { choice, verdicts } = chooseCheckpoint(start, [bought], options);
  expect(choice).toBeUndefined();
  expect(verdicts).toMatchObject([{ step: 2, below: ['meaning 0.000, at least 0.950'] }]);
});

it('guards meaning and length where the recipe states no floors', () => {
  const plugins = new Map([
    ['quality', 'quality-probe'],
    ['meaning', 'bertscore'],
  ]);
  expect(defaultFloors(start.evaluation, plugins)).toEqual({ meaning: 0.95 });
  expect(defaultFloors(undefined, plugins)).toEqual({});
});

it('never takes a checkpoint that is shown to be worse than another that meets the floors, in whatever order they come', () => {
  const gains = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(gains, fc.double({ min: 0, max: 1, noNaN: true }), (by, shuffle) => {
      const candidates = by.map((gain, index) => candidate(index + 1, raised(gain)));
      const { choice } = chooseCheckpoint(start, candidates, { floors: {}, seed: 3 });
      const chosen = by[(choice?.step ?? 0) - 1] ?? Number.NaN;
      // They differ by the same in every document, so that any difference is shown.
      expect(chosen).toBeCloseTo(Math.max(...by), 9);
      const reordered = candidates.toSorted(
        (one, other) => Math.sin(one.step + shuffle) - Math.sin(other.step + shuffle),
      );
      expect(chooseCheckpoint(start, reordered, { floors: {}, seed: 3 }).choice).toEqual(choice);
    }),
    { numRuns: 6 },
  );
});

it('compares only documents that have a total at every step', () => {
  const whole = candidate(1, raised(0.4));
  // Its poor documents have no score, so its own mean is above that of a better checkpoint.
  const answers = answersOf(2, raised(0.2)).map((one) => (one.row < 10 ? { ...one, total: null } : one));
  const partly: Candidate = {
    step: 2,
    totals: totalsByDocument(answers),
    evaluation: evaluateAnswers(2, answers, { rewards, seed: 1 }),
  };
  expect(partly.evaluation.sample.total?.mean).toBeGreaterThan(whole.evaluation.sample.total?.mean ?? 0);
  expect(chooseCheckpoint(start, [partly, whole], { floors: {}, seed: 1 }).choice?.step).toBe(1);
});

it('chooses nothing where no answer has a total', () => {
  const answers = answersOf(1, raised(0.2)).map((one) => ({ ...one, total: null }));
  const blind: Candidate = {
    step: 1,
    totals: totalsByDocument(answers),
    evaluation: evaluateAnswers(1, answers, { rewards, seed: 1 }),
  };
  const { choice, verdicts } = chooseCheckpoint(start, [blind], { floors: {}, seed: 1 });
  expect(choice).toBeUndefined();
  expect(verdicts[0]?.below).toEqual(['no held-out document has a total at every step']);
});
