import { expect, it } from 'vitest';
import { TrainStages, trainStagesOf } from '../recipe/train-schema.ts';
import { decisionsOf, differencesFromPaper } from './profiles.ts';

const stageOf = (rest: object) => {
  const [stage] = trainStagesOf({ train: TrainStages.parse({ algorithm: 'grpo', ...rest }) });
  return stage as NonNullable<typeof stage>;
};

it('decides four things, each of which the recipe may state itself', () => {
  const paper = { passage: 'first', rejected: 'as-empty', cutOff: 'scored', choice: 'last' };
  const repro = { passage: 'any', rejected: 'lowest', cutOff: 'rejected', choice: 'held-out' };
  expect(decisionsOf(stageOf({}))).toEqual(repro);
  expect(decisionsOf(stageOf({ profile: 'paper' }))).toEqual(paper);
  const stated = {
    objective: { passage: 'first', rejected: 'as-empty', cutOff: 'scored' },
    evaluation: { choice: 'last' },
  };
  expect(decisionsOf(stageOf(stated))).toEqual(paper);
  expect(decisionsOf(stageOf({ profile: 'paper', objective: { cutOff: 'rejected' } }))).toEqual({
    ...paper,
    cutOff: 'rejected',
  });
  // Without held-out documents there is nothing to choose by.
  expect(decisionsOf(stageOf({ evaluation: 'none' })).choice).toBe('last');
});

it('says in words where it differs from the paper', () => {
  expect(differencesFromPaper(stageOf({ profile: 'paper' }))).toEqual([]);
  expect(differencesFromPaper(stageOf({}))).toHaveLength(4);
  expect(differencesFromPaper(stageOf({ algorithm: 'sft', pairs: { path: 'pairs.jsonl' } }))).toEqual([
    'recycle gets the checkpoint that is the best on held-out documents; the paper: the last',
  ]);
  expect(differencesFromPaper(stageOf({ profile: 'paper', objective: { rejected: 'lowest' } }))).toEqual([
    'a rejected answer earns one less than the lowest accepted answer of its group; the paper: what the empty text earns',
  ]);
});

it('begins with the values of the paper', () => {
  expect(stageOf({})).toMatchObject({
    steps: 2000,
    promptsPerStep: 24,
    rollouts: 8,
    learningRate: 1e-6,
    objective: {
      ...{ beta: 0.005, epsilon: 0.2, lossType: 'bnpo', scaleRewards: 'group', schedule: 'cosine' },
      ...{ warmupShare: 0.1, leastLearningRateShare: 0.1 },
    },
    evaluation: { every: 30, documents: 128 },
    checkpointEvery: 60,
  });
});
