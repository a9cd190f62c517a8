/** Texts of one kind with their raw values. */
export interface KindValues {
  readonly kind: string;
  readonly values: readonly number[];
}

/** What a threshold does: which share of each kind it lets through. */
export interface ThresholdEffect {
  readonly threshold: number;
  /** Share of the faithful rewordings that it keeps. */
  readonly keepsFaithful: number;
  /** Mean over the kinds of fault of the share that it refuses. */
  readonly refusesFaulty: number;
  /** Share of each kind of fault that it refuses. */
  readonly refuses: Readonly<Record<string, number>>;
}

export interface ThresholdSuggestion {
  /** Keeps and refuses most, both counted alike. */
  readonly best: ThresholdEffect;
  /** The highest one that keeps 95 % of the faithful rewordings. */
  readonly keeping: ThresholdEffect;
}

const leastKept = 0.95;

/**
 * Thresholds that tell faithful rewordings from faults. `faulty` are the kinds that should be refused; a kind that the
 * reward does not see at all is better left out, since no threshold helps there. Undefined without values on both sides.
 */
export function suggestThresholds(
  faithful: readonly number[],
  faulty: readonly KindValues[],
): ThresholdSuggestion | undefined {
  const kinds = faulty.filter(({ values }) => values.length > 0);
  if (faithful.length === 0 || kinds.length === 0) {
    return undefined;
  }
  // Between two neighbours every threshold does the same; the lower end of each such gap is a value of its own.
  const candidates = [...new Set([...faithful, ...kinds.flatMap(({ values }) => values)])].toSorted(
    (one, other) => one - other,
  );
  const effects = candidates.map((threshold) => describeThreshold(threshold, faithful, kinds));
  const score = (effect: ThresholdEffect) => effect.keepsFaithful + effect.refusesFaulty;
  const best = effects.reduce((one, other) => (score(other) > score(one) ? other : one));
  const keeping = effects.findLast(({ keepsFaithful }) => keepsFaithful >= leastKept);
  // The lowest value of all keeps everything.
  return { best, keeping: keeping ?? (effects[0] as ThresholdEffect) };
}

export function describeThreshold(
  threshold: number,
  faithful: readonly number[],
  faulty: readonly KindValues[],
): ThresholdEffect {
  const refuses = Object.fromEntries(
    faulty.map(({ kind, values }) => [kind, shareOf(values, (value) => value < threshold)]),
  );
  const shares = Object.values(refuses);
  return {
    threshold,
    keepsFaithful: shareOf(faithful, (value) => value >= threshold),
    refusesFaulty: shares.length === 0 ? 0 : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    refuses,
  };
}

function shareOf(values: readonly number[], holds: (value: number) => boolean): number {
  return values.length === 0 ? 0 : values.filter(holds).length / values.length;
}
