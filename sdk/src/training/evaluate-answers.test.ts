import { expect, it } from 'vitest';
import { evaluateAnswers, totalsByDocument } from './evaluate-answers.ts';
import type { HeldOutAnswer } from './held-out-answers.ts';

const rewards = [
  { name: 'meaning', weight: 1, threshold: 0.5, onlyIf: undefined },
  { name: 'quality', weight: 3, threshold: undefined, onlyIf: undefined },
];

function answer(row: number, rest: Partial<HeldOutAnswer>): HeldOutAnswer {
  return {
    step: 2,
    row,
    documentId: `d${row}`,
    mode: 'sample',
    sample: 0,
    outcome: 'accepted',
    finishReason: 'stop',
    scores: {},
    total: 0,
    characters: 0,
    sourceCharacters: 100,
    text: '',
    ...rest,
  };
}

const answers = [
  answer(0, { scores: { meaning: 0.9, quality: 2 }, total: 7, characters: 80 }),
  answer(0, { sample: 1, outcome: 'rejected', total: 0, finishReason: 'length' }),
  answer(1, { scores: { meaning: 0.1, quality: 1 }, total: 3, characters: 120 }),
  answer(1, { sample: 1, scores: { meaning: null, quality: 1 }, total: null, characters: 100 }),
  answer(0, { mode: 'greedy', scores: { meaning: 1, quality: 5 }, total: 16, characters: 100 }),
];

it('counts a rejected answer as 0 and an unscored one not at all, by document', () => {
  const { sample } = evaluateAnswers(2, answers, { rewards, seed: 1 });
  expect(totalsByDocument(answers.filter(({ mode }) => mode === 'sample'))).toEqual(
    new Map([
      [0, 3.5],
      [1, 3],
    ]),
  );
  expect(sample).toMatchObject({
    answers: 4,
    total: { mean: 3.25, count: 2 },
    totalAccepted: 5,
    rewards: {
      // With its threshold: (1 + 0) / 2 and 0.
      meaning: { mean: { mean: 0.25 }, meanAccepted: 0.5, unscored: 1 },
      quality: { mean: { mean: 1 }, meanAccepted: 4 / 3, unscored: 0 },
    },
    acceptedShare: 0.75,
    cutOffShare: 0.25,
    lengthRatio: 1,
  });
});

it('keeps greedy answers apart', () => {
  expect(evaluateAnswers(2, answers, { rewards, seed: 1 }).greedy).toMatchObject({ answers: 1, total: { mean: 16 } });
  expect(evaluateAnswers(2, answers.slice(0, 4), { rewards, seed: 1 }).greedy).toBeUndefined();
});
