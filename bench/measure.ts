/** One thing that was measured, ours beside others. */
export interface Measure {
  readonly name: string;
  /** Of the values: `ms`, `tokens/s`. */
  readonly unit: string;
  /** Median of each contender; ours is called `repro`. */
  readonly medians: Readonly<Record<string, number>>;
  /** Measurements behind each median. */
  readonly samples: number;
  /** What must hold. */
  readonly targets: readonly Target[];
  /** What was measured besides. */
  readonly details?: Readonly<Record<string, number>>;
}

export interface Target {
  /** `ratio to bare ZeroMQ`. */
  readonly what: string;
  readonly found: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function isMet({
  found,
  atMost = Number.POSITIVE_INFINITY,
  atLeast = Number.NEGATIVE_INFINITY,
}: Target): boolean {
  return found <= atMost && found >= atLeast;
}
