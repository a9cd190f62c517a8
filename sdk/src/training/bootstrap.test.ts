import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bootstrapMean, pairedDifference } from './bootstrap.ts';

const value = fc.double({ min: -10, max: 10, noNaN: true });

it('gives an interval around the mean, within the values, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.integer(), (values, seed) => {
      const found = bootstrapMean(values, seed);
      const { mean, low, high, count } = found as NonNullable<typeof found>;
      expect(count).toBe(values.length);
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      expect(low).toBeLessThanOrEqual(high);
      expect(Math.min(...values) - 1e-9).toBeLessThanOrEqual(mean);
      expect(bootstrapMean(values, seed)).toEqual(found);
    }),
    { numRuns: 30 },
  );
  expect(bootstrapMean([], 1)).toBeUndefined();
});

it('covers the mean of what the values were drawn from about as often as it says', () => {
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const covered = Array.from({ length: 60 }, (_, seed) => {
    const found = bootstrapMean(
      Array.from({ length: 40 }, () => next() + next()),
      seed,
    );
    return found !== undefined && found.low <= 1 && found.high >= 1;
  }).filter(Boolean).length;
  expect(covered).toBeGreaterThanOrEqual(52);
});

it('compares by document: what is the same for both cancels out', () => {
  const levels = Array.from({ length: 30 }, (_, row) => [row, row * 3] as const);
  const before = new Map(levels);
  const after = new Map(levels.map(([row, level]) => [row, level + 0.1 + (row % 2) * 0.01] as const));
  const found = pairedDifference(after, before, 7);
  expect(found?.low).toBeGreaterThan(0.09);
  expect(found?.high).toBeLessThan(0.12);
  // A document that only one of them has says nothing.
  expect(pairedDifference(new Map([[1, 5]]), new Map([[2, 1]]), 7)).toBeUndefined();
});
