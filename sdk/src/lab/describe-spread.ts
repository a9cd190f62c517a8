/** How much of its range a reward uses: one that is mostly at an end, or the same everywhere, teaches little. */
export interface Spread {
  /** Shares of the values at the ends of the range. */
  readonly atLowest: number;
  readonly atHighest: number;
  /** How many different values there are; 1 is a constant. */
  readonly distinct: number;
}

export function describeSpread(
  values: readonly number[],
  [lowest, highest]: readonly [lowest: number, highest: number],
): Spread {
  const share = (count: number) => (values.length === 0 ? 0 : count / values.length);
  return {
    atLowest: share(values.filter((value) => value === lowest).length),
    atHighest: share(values.filter((value) => value === highest).length),
    distinct: new Set(values).size,
  };
}
