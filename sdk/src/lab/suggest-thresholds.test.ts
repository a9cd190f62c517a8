import { expect, it } from 'vitest';
import { describeThreshold, suggestThresholds } from './suggest-thresholds.ts';

it('finds the threshold that tells the two apart where one does', () => {
  const suggestion = suggestThresholds([0.8, 0.9, 0.85], [{ kind: 'half', values: [0.5, 0.7] }]);
  expect(suggestion?.best).toEqual({ threshold: 0.8, keepsFaithful: 1, refusesFaulty: 1, refuses: { half: 1 } });
  expect(suggestion?.keeping.threshold).toBe(0.8);
});

it('weighs what is kept and what is refused alike where none does, and names the price', () => {
  const faithful = [0.6, 0.8, 0.82, 0.84, 0.86];
  const suggestion = suggestThresholds(faithful, [
    { kind: 'half', values: [0.7, 0.75, 0.83, 0.9] },
    { kind: 'other', values: [0.1] },
  ]);
  // From 0.8: keeps 4 of 5, refuses half of the halves and all others.
  expect(suggestion?.best).toEqual({
    threshold: 0.8,
    keepsFaithful: 0.8,
    refusesFaulty: 0.75,
    refuses: { half: 0.5, other: 1 },
  });
  expect(suggestion?.keeping).toMatchObject({ threshold: 0.6, keepsFaithful: 1, refuses: { half: 0, other: 1 } });
});

it('keeps 95 of 100 with the highest threshold that does', () => {
  const faithful = Array.from({ length: 100 }, (_, at) => at / 100);
  const suggestion = suggestThresholds(faithful, [{ kind: 'any', values: [0] }]);
  expect(suggestion?.keeping).toMatchObject({ threshold: 0.05, keepsFaithful: 0.95 });
});

it('suggests nothing without values on both sides', () => {
  expect(suggestThresholds([], [{ kind: 'half', values: [1] }])).toBeUndefined();
  expect(suggestThresholds([1], [{ kind: 'half', values: [] }])).toBeUndefined();
});

it('describes any threshold', () => {
  const effect = describeThreshold(0.9, [0.9, 0.5], [{ kind: 'half', values: [0.9, 0.1, 0.2, 0.3] }]);
  expect(effect).toEqual({ threshold: 0.9, keepsFaithful: 0.5, refusesFaulty: 0.75, refuses: { half: 0.75 } });
});
