import { seededRandom } from './seeded-random.ts';

/** A value of one text, and the group that the text belongs to. */
export interface GroupedValue {
  readonly group: string;
  readonly value: number;
}

export interface Auc {
  /** How often a faithful text is above a faulty one; equal ones count half. 0.5 tells nothing apart. */
  readonly value: number;
  /** The 95 % interval: what the value would be with other sources. */
  readonly low: number;
  readonly high: number;
}

const resamples = 1000;

/**
 * AUC of faithful against faulty values, with an interval by bootstrap over groups: texts of one source are no independent
 * witnesses, so a source is drawn with all of its texts. Undefined where one side is empty.
 */
export function computeAuc(
  faithful: readonly GroupedValue[],
  faulty: readonly GroupedValue[],
  { seed = 0 }: { readonly seed?: number } = {},
): Auc | undefined {
  const groups = [...new Set([...faithful, ...faulty].map(({ group }) => group))];
  const numbers = new Map(groups.map((group, number) => [group, number]));
  const sorted = [...faithful.map((one) => ({ ...one, good: 1 })), ...faulty.map((one) => ({ ...one, good: 0 }))]
    .map(({ group, value, good }) => ({ value, good, group: numbers.get(group) ?? 0 }))
    .toSorted((one, other) => one.value - other.value);

  const value = weightedAuc(sorted, new Float64Array(groups.length).fill(1));
  if (value === undefined) {
    return undefined;
  }
  const random = seededRandom(seed, 'auc');
  const values: number[] = [];
  for (let round = 0; round < resamples; round += 1) {
    const weights = new Float64Array(groups.length);
    for (let draw = 0; draw < groups.length; draw += 1) {
      const drawn = Math.floor(random() * groups.length);
      weights[drawn] = (weights[drawn] ?? 0) + 1;
    }
    const resampled = weightedAuc(sorted, weights);
    if (resampled !== undefined) {
      values.push(resampled);
    }
  }
  values.sort((one, other) => one - other);
  return { value, low: quantile(values, 0.025) ?? value, high: quantile(values, 0.975) ?? value };
}

interface RankedValue {
  readonly value: number;
  /** 1 for a faithful text, 0 for a faulty one. */
  readonly good: number;
  readonly group: number;
}

/** One pass over the values in rising order; equal ones are taken together. */
function weightedAuc(sorted: readonly RankedValue[], weights: Float64Array): number | undefined {
  let goodSum = 0;
  let badSum = 0;
  let wins = 0;
  for (let at = 0; at < sorted.length; ) {
    const { value } = sorted[at] as RankedValue;
    let good = 0;
    let bad = 0;
    for (let one = sorted[at]; one?.value === value; one = sorted[at]) {
      const weight = weights[one.group] ?? 0;
      good += weight * one.good;
      bad += weight * (1 - one.good);
      at += 1;
    }
    wins += good * (badSum + bad / 2);
    goodSum += good;
    badSum += bad;
  }
  return goodSum === 0 || badSum === 0 ? undefined : wins / (goodSum * badSum);
}

/** Of values in rising order. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
