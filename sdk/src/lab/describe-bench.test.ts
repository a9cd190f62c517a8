import { expect, it } from 'vitest';
import type { RewardScore } from '../contract/reward.ts';
import { describeBench } from './describe-bench.ts';
import type { LabelledPair } from './labelled-pair.ts';

const pair = (group: string, kind: string, origin: LabelledPair['origin'] = 'written'): LabelledPair => ({
  id: `${origin}/${group}/${kind}`,
  group,
  kind,
  source: group,
  rephrased: kind,
  origin,
});
const scored = (value: number): RewardScore => ({ outcome: 'scored', value });
const unscored = (reason: string): RewardScore => ({ outcome: 'unscored', reason });

const pairs = [
  pair('a', 'faithful'),
  pair('a', 'half'),
  pair('b', 'faithful'),
  pair('b', 'half'),
  pair('b', 'light-edit'),
  pair('x', 'boilerplate-removed', 'edited'),
  pair('x', 'half', 'edited'),
];
const good = { name: 'good', range: [0, 1] as const, threshold: 0.9 };
const report = (scores: readonly RewardScore[], column: typeof good = good) =>
  describeBench(pairs, [{ ...column, scores }]);

it('compares faults with the faithful texts of the same origin, and with the one of the same source', () => {
  const { kinds, columns } = report([0.8, 0.5, 0.6, 0.7, 1, 0.2, 0.1].map(scored));
  expect(kinds.map(({ origin, kind, faithful, pairs: count }) => [origin, kind, faithful, count])).toEqual([
    ['written', 'faithful', true, 2],
    ['written', 'light-edit', true, 1],
    ['written', 'half', false, 2],
    ['edited', 'boilerplate-removed', true, 1],
    ['edited', 'half', false, 1],
  ]);
  const [faithful, , half, , edited] = kinds;
  expect(faithful?.scores.good).toEqual({ scored: 2, mean: 0.7 });
  // 0.8 and 1 are above 0.5 and 0.7, 0.6 only above 0.5.
  expect(half?.scores.good?.auc?.value).toBeCloseTo(5 / 6, 10);
  expect(half?.scores.good?.ordering).toEqual({ compared: 2, above: 1, level: 0 });
  expect(edited?.scores.good).toMatchObject({ mean: 0.1, auc: { value: 1 }, ordering: { compared: 1, above: 0 } });
  expect(edited?.caughtBy).toEqual(['good']);
  expect(columns.good).toMatchObject({
    scored: 7,
    unscored: 0,
    reasons: {},
    atLowest: 0,
    atHighest: 1 / 7,
    distinct: 7,
  });
});

it('leaves unscored pairs out of every figure and says why they are', () => {
  const { kinds, columns } = report([
    scored(0.8),
    unscored('silent'),
    ...[0.6, 0.7, 1].map(scored),
    ...[0, 1].map(() => unscored('dead')),
  ]);
  expect(columns.good).toMatchObject({ scored: 4, unscored: 3, reasons: { silent: 1, dead: 2 } });
  expect(kinds[2]?.scores.good).toMatchObject({ scored: 1, mean: 0.7, ordering: { compared: 1, above: 1 } });
  expect(kinds[4]?.scores.good).toEqual({ scored: 0 });
});

it('suggests a threshold for a reward that has one, from the written rewordings', () => {
  const scores = [0.8, 0.5, 0.7, 0.4, 0.95, 0.2, 0.99].map(scored);
  const { thresholds } = report(scores).columns.good ?? {};
  expect(thresholds?.current).toMatchObject({ threshold: 0.9, keepsFaithful: 0, refuses: { half: 1 } });
  expect(thresholds?.best).toMatchObject({ threshold: 0.7, keepsFaithful: 1, refuses: { half: 1 } });
  expect(thresholds?.keeping).toMatchObject({ threshold: 0.7, keepsFaithful: 1 });
  expect(report(scores, { ...good, threshold: undefined } as never).columns.good?.thresholds).toBeUndefined();
});
