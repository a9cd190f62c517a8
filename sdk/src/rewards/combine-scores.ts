import type { RewardScore } from '../contract/reward.ts';

/** How a reward counts in the total; a `BoundReward` is one. */
export interface RewardWeighting {
  readonly name: string;
  readonly weight: number;
  readonly threshold: number | undefined;
  readonly onlyIf: string | undefined;
}

/**
 * Weighted sum of the parts of one text. A part is the raw value, or 1 or 0 by its threshold; a gate (`onlyIf`) whose
 * own part is not above 0 holds a part at 0 or less. Unscored as soon as a needed part is: a part with weight 0 is not
 * needed, a reward that did not sample the text is.
 */
export function combineScores(
  rewards: readonly RewardWeighting[],
  scores: Readonly<Record<string, RewardScore | undefined>>,
): RewardScore {
  const parts = new Map(rewards.map((reward) => [reward.name, partOf(reward, scores[reward.name])]));
  let total = 0;
  for (const { name, weight, onlyIf } of rewards) {
    if (weight === 0) {
      continue;
    }
    const part = gated(parts.get(name), onlyIf === undefined ? undefined : parts.get(onlyIf));
    if (part.outcome === 'unscored') {
      return { outcome: 'unscored', reason: `${name}: ${part.reason}` };
    }
    total += weight * part.value;
  }
  return { outcome: 'scored', value: total };
}

function partOf({ threshold }: RewardWeighting, score: RewardScore | undefined): RewardScore {
  if (score === undefined) {
    return { outcome: 'unscored', reason: 'not sampled' };
  }
  if (score.outcome === 'unscored' || threshold === undefined) {
    return score;
  }
  return { outcome: 'scored', value: score.value >= threshold ? 1 : 0 };
}

function gated(part: RewardScore | undefined, gate: RewardScore | undefined): RewardScore {
  if (part === undefined || part.outcome === 'unscored' || gate === undefined) {
    return part ?? { outcome: 'unscored', reason: 'not sampled' };
  }
  if (gate.outcome === 'unscored') {
    return { outcome: 'unscored', reason: `its gate is unscored: ${gate.reason}` };
  }
  return gate.value > 0 ? part : { outcome: 'scored', value: Math.min(0, part.value) };
}
