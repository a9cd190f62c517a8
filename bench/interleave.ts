/** Milliseconds of every call, by contender. */
export type Timings<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Times contenders in turn: `rounds` times each does `calls` calls in a row, so that what else the machine is doing meets
 * all of them. Who begins changes from round to round. The first round warms up and is not counted.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<unknown>>>,
  { rounds, calls }: { readonly rounds: number; readonly calls: number },
): Promise<Timings<Name>> {
  const names = Object.keys(contenders) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const place of names.keys()) {
      const name = names[(place + round) % names.length] as Name;
      for (let call = 0; call < calls; call += 1) {
        const started = performance.now();
        await contenders[name]();
        if (round > 0) {
          timings[name].push(performance.now() - started);
        }
      }
    }
  }
  return timings;
}

/** The value in the middle: half of all are not above it. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
