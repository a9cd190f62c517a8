import type { RewardScore } from '../contract/reward.ts';
import type { LabelledPair } from '../lab/labelled-pair.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import { combineScores } from '../rewards/combine-scores.ts';
import { scoreIsolating } from '../rewards/score-isolating.ts';

export interface ScorePairsOptions {
  readonly abortSignal: AbortSignal;
  /** Told after each batch. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** As large as the batches that recycling scores. */
const batchSize = 32;

/** One reward's scores of labelled pairs, one for each in order. */
export async function scorePairs(
  reward: BoundReward,
  pairs: readonly LabelledPair[],
  { abortSignal, onProgress }: ScorePairsOptions,
): Promise<readonly RewardScore[]> {
  const score = scoreIsolating(reward);
  const scores: RewardScore[] = [];
  for (let start = 0; start < pairs.length; start += batchSize) {
    const batch = pairs.slice(start, start + batchSize).map(({ id, source, rephrased }) => ({
      id,
      original: source,
      rephrased,
      metadata: {},
    }));
    scores.push(...(await score(batch, { abortSignal })));
    onProgress?.(scores.length);
  }
  return scores;
}

/** The totals of pairs, and the rewards that they are without. */
export interface PairTotals {
  readonly scores: readonly RewardScore[];
  readonly leftOut: readonly { readonly reward: string; readonly reason: string }[];
}

/**
 * The recipe's total of each pair, with weights, thresholds and gates. A reward that scores no pair at all (`format` reads
 * a raw answer, and pairs have none) is left out and named: it would leave every total unscored.
 */
export function totalPairs(
  rewards: readonly BoundReward[],
  byReward: Readonly<Record<string, readonly RewardScore[]>>,
  pairs: readonly LabelledPair[],
): PairTotals {
  const silent = rewards.filter(({ name }) => byReward[name]?.every(({ outcome }) => outcome === 'unscored'));
  const counted = rewards.filter((reward) => !silent.includes(reward));
  return {
    scores: pairs.map((_, index) =>
      counted.some(({ weight }) => weight !== 0)
        ? combineScores(counted, Object.fromEntries(counted.map(({ name }) => [name, byReward[name]?.[index]])))
        : { outcome: 'unscored', reason: 'no reward with a weight scores pairs' },
    ),
    leftOut: silent.map(({ name }) => {
      const [first] = byReward[name] ?? [];
      return { reward: name, reason: first?.outcome === 'unscored' ? first.reason : 'it scored nothing' };
    }),
  };
}
