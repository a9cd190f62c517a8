import { expect, it } from 'vitest';
import type { RewardScore } from '../contract/reward.ts';
import { combineScores, type RewardWeighting } from './combine-scores.ts';

const reward = (name: string, differences: Partial<RewardWeighting> = {}): RewardWeighting => ({
  name,
  weight: 1,
  threshold: undefined,
  onlyIf: undefined,
  ...differences,
});
const scored = (value: number): RewardScore => ({ outcome: 'scored', value });
const unscored: RewardScore = { outcome: 'unscored', reason: 'judge was silent' };

it('is the weighted sum of raw values', () => {
  expect(
    combineScores([reward('a', { weight: 3 }), reward('b', { weight: -1 })], { a: scored(0.5), b: scored(1) }),
  ).toEqual(scored(0.5));
  expect(combineScores([], {})).toEqual(scored(0));
});

it('reads a value with a threshold as 1 or 0', () => {
  const rewards = [reward('a', { threshold: 0.65, weight: 2 })];
  expect(combineScores(rewards, { a: scored(0.65) })).toEqual(scored(2));
  expect(combineScores(rewards, { a: scored(0.64) })).toEqual(scored(0));
});

it('holds a part at 0 or less while its gate is closed', () => {
  const rewards = [reward('part', { onlyIf: 'gate' }), reward('gate', { weight: 0, threshold: 0.5 })];
  expect(combineScores(rewards, { part: scored(0.8), gate: scored(0.9) })).toEqual(scored(0.8));
  expect(combineScores(rewards, { part: scored(0.8), gate: scored(0.1) })).toEqual(scored(0));
  expect(combineScores(rewards, { part: scored(-0.8), gate: scored(0.1) })).toEqual(scored(-0.8));
  expect(combineScores(rewards, { part: scored(0.8), gate: unscored })).toEqual({
    outcome: 'unscored',
    reason: 'part: its gate is unscored: judge was silent',
  });
});

it('is unscored as soon as a needed part is', () => {
  const rewards = [reward('a'), reward('b')];
  expect(combineScores(rewards, { a: scored(1), b: unscored })).toEqual({
    outcome: 'unscored',
    reason: 'b: judge was silent',
  });
  expect(combineScores(rewards, { a: scored(1) })).toEqual({ outcome: 'unscored', reason: 'b: not sampled' });
});

it('needs no part of weight 0', () => {
  expect(combineScores([reward('a'), reward('b', { weight: 0 })], { a: scored(1), b: unscored })).toEqual(scored(1));
});
