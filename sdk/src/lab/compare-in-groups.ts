import type { GroupedValue } from './auc.ts';

/** Faulty texts beside the faithful text of the same source. */
export interface Ordering {
  readonly compared: number;
  /** Faulty texts with a higher value than the faithful one: each is a mistake of the reward. */
  readonly above: number;
  /** With the same value: the reward does not see the fault. */
  readonly level: number;
}

/** Encoders give one text a slightly different value in another batch. */
const noise = 1e-5;

/** Counts how faulty texts stand to the faithful one of their group; those without one are not compared. */
export function compareInGroups(faithful: readonly GroupedValue[], faulty: readonly GroupedValue[]): Ordering {
  const values = new Map(faithful.map(({ group, value }) => [group, value]));
  const differences = faulty.flatMap(({ group, value }) => {
    const base = values.get(group);
    return base === undefined ? [] : [value - base];
  });
  return {
    compared: differences.length,
    above: differences.filter((difference) => difference > noise).length,
    level: differences.filter((difference) => Math.abs(difference) <= noise).length,
  };
}
