import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computeAuc, type GroupedValue } from './auc.ts';

const values = (...numbers: number[]): GroupedValue[] => numbers.map((value, at) => ({ group: `g${at}`, value }));
const grouped = fc.array(
  fc.record({ group: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.integer({ min: -3, max: 3 }) }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

it('counts how often a faithful value is above a faulty one, equal ones half', () => {
  // 3 > 1, 3 > 2, 2 > 1, 2 = 2.
  expect(computeAuc(values(3, 2), values(1, 2))?.value).toBe(3.5 / 4);
  expect(computeAuc(values(1, 5, 5), values(5, 0))?.value).toBe((0 + 1 + 0.5 + 1 + 0.5 + 1) / 6);
});

it('is 1 with a certain interval where all are apart, and 0 where they are the wrong way round', () => {
  expect(computeAuc(values(4, 5, 6), values(1, 2, 3))).toEqual({ value: 1, low: 1, high: 1 });
  expect(computeAuc(values(1, 2, 3), values(4, 5, 6))).toEqual({ value: 0, low: 0, high: 0 });
  expect(computeAuc(values(1, 1), values(1, 1))).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
});

it('has no value where one side is empty', () => {
  expect(computeAuc([], values(1))).toBeUndefined();
  expect(computeAuc(values(1), [])).toBeUndefined();
});

it('is what counting all couples gives, and symmetric', () => {
  fc.assert(
    fc.property(grouped, grouped, (faithful, faulty) => {
      const wins = faithful.flatMap((one) =>
        faulty.map((other) => (one.value === other.value ? 0.5 : Number(one.value > other.value))),
      );
      const byHand = wins.reduce((sum, win) => sum + win, 0) / wins.length;
      const auc = computeAuc(faithful, faulty);
      expect(auc?.value).toBeCloseTo(byHand, 10);
      expect(computeAuc(faulty, faithful)?.value).toBeCloseTo(1 - byHand, 10);
      expect(auc?.low).toBeGreaterThanOrEqual(0);
      expect(auc?.high).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

it('gives the same interval for the same seed, and it holds the value', () => {
  const faithful = values(5, 3, 4, 1, 6, 2, 7, 8);
  const faulty = values(4, 2, 1, 3, 0, 5, 2, 6);
  const auc = computeAuc(faithful, faulty, { seed: 3 });
  expect(computeAuc(faithful, faulty, { seed: 3 })).toEqual(auc);
  expect(auc?.low).toBeLessThan(auc?.value ?? 0);
  expect(auc?.high).toBeGreaterThan(auc?.value ?? 1);
});

it('knows that texts of one source are one witness: copies of a value do not narrow the interval', () => {
  const width = (auc = { low: 0, high: 0 }) => auc.high - auc.low;
  const faithful = values(5, 3, 4, 1, 6, 2);
  const faulty = values(4, 2, 1, 3, 0, 5);
  const tenfold = (some: readonly GroupedValue[]) => some.flatMap((one) => Array.from({ length: 10 }, () => one));
  const apart = (some: readonly GroupedValue[]) => tenfold(some).map((one, at) => ({ ...one, group: `${at}` }));
  const single = width(computeAuc(faithful, faulty));
  expect(width(computeAuc(tenfold(faithful), tenfold(faulty)))).toBeCloseTo(single, 10);
  expect(width(computeAuc(apart(faithful), apart(faulty)))).toBeLessThan(0.6 * single);
});
