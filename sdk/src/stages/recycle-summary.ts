import { DamagedPartError } from '../errors/damaged-part.ts';
import type { EndpointStatistics } from '../models/engine-statistics.ts';
import type { PartCommit, PartCounts } from '../run/part-commit.ts';
import { listCommittedParts, readCommit } from '../run/read-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import { emptyCounts } from '../run/tally-part.ts';

/** What a stage has in its run, over all committed parts; `--json` prints it. */
export interface RecycleSummary {
  readonly run: string;
  readonly parts: number;
  readonly documents: PartCounts['documents'];
  readonly passages: PartCounts['passages'];
  readonly records: number;
  /** Why passages fell back, were dropped or failed, as `fell-back/no-opener`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Unusable records by code. */
  readonly quarantine: Readonly<Record<string, number>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly charactersBefore: number;
  readonly charactersAfter: number;
  /** Of this call alone, by endpoint: what the engine measured. */
  readonly engines: Readonly<Record<string, EndpointStatistics & { readonly idleShare: number }>>;
}

export async function summarizeRecycle(
  run: RunReader,
  { statistics }: { readonly statistics: ReadonlyMap<string, EndpointStatistics> },
): Promise<RecycleSummary> {
  const commits = await readCommits(run, 'recycle');
  const { scores: _scores, attempts: _attempts, ...counts } = addCounts(commits.map((commit) => commit.counts));
  const engines = [...statistics].map(([name, engine]) => {
    const { busySeconds, idleWhileWaitingSeconds } = engine;
    const idleShare = idleWhileWaitingSeconds / Math.max(busySeconds + idleWhileWaitingSeconds, Number.EPSILON);
    return [name, { ...engine, idleShare }] as const;
  });
  return { run: run.folder, parts: commits.length, ...counts, engines: Object.fromEntries(engines) };
}

/** Every commit of a stage; one that is damaged is a DamagedPartError, never left out. */
export async function readCommits(run: RunReader, stage: string): Promise<readonly PartCommit[]> {
  const found = await Promise.all(listCommittedParts(run, stage).map((part) => readCommit(run, stage, part)));
  return found.flatMap((state) => {
    if (state.state === 'damaged') {
      throw new DamagedPartError(state);
    }
    return state.state === 'absent' ? [] : [state.commit];
  });
}

/** What the parts of a stage account for together. */
export function addCounts(all: readonly PartCounts[]): PartCounts {
  return all.reduce<PartCounts>((sum, counts) => add(sum, counts) as PartCounts, emptyCounts());
}

/** Adds numbers under the same keys, at any depth. */
function add(one: unknown, other: unknown): unknown {
  if (typeof one === 'number' || typeof other === 'number') {
    return ((one as number | undefined) ?? 0) + ((other as number | undefined) ?? 0);
  }
  const [left, right] = [(one ?? {}) as Record<string, unknown>, (other ?? {}) as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(keys.map((key) => [key, add(left[key], right[key])]));
}
