import { seededRandom } from '../lab/seeded-random.ts';

/** A mean over documents, with the interval that holds it in 95 of 100 resamplings of the documents. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Documents. */
  readonly count: number;
}

const resamplings = 2000;

/** Percentile bootstrap of the mean; the same seed gives the same interval. Undefined without a value. */
export function bootstrapMean(values: readonly number[], seed: number): Interval | undefined {
  const count = values.length;
  if (count === 0) {
    return undefined;
  }
  const random = seededRandom(seed, 'bootstrap');
  const means = Array.from({ length: resamplings }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < count; drawn += 1) {
      sum += values[Math.floor(random() * count)] ?? 0;
    }
    return sum / count;
  }).sort((one, other) => one - other);
  const at = (share: number) => means[Math.min(resamplings - 1, Math.floor(share * resamplings))] ?? 0;
  return { mean: values.reduce((sum, value) => sum + value, 0) / count, low: at(0.025), high: at(0.975), count };
}

/** Mean of `one` minus `other` over the documents that both have: what differs between documents cancels out. */
export function pairedDifference(
  one: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
  seed: number,
): Interval | undefined {
  const differences = [...one].flatMap(([row, value]) => {
    const against = other.get(row);
    return against === undefined ? [] : [value - against];
  });
  return bootstrapMean(differences, seed);
}
