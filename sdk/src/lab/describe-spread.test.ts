import { expect, it } from 'vitest';
import { describeSpread } from './describe-spread.ts';

it('gives the shares at the ends of the range and the number of different values', () => {
  expect(describeSpread([0, 0, 0.5, 1], [0, 1])).toEqual({ atLowest: 0.5, atHighest: 0.25, distinct: 3 });
  expect(describeSpread([0.4, 0.4], [0, 1])).toEqual({ atLowest: 0, atHighest: 0, distinct: 1 });
  expect(describeSpread([], [0, 1])).toEqual({ atLowest: 0, atHighest: 0, distinct: 0 });
});
