import type { Shard } from '../contract/dataset.ts';
import { ExistingOutputError, type ExistingPart } from '../errors/existing-output.ts';
import { partKey } from '../run/journal.ts';
import type { PartCommit } from '../run/part-commit.ts';
import type { RunFolder, RunReader } from '../run/run-folder.ts';
import { discardFrom } from './discard-from.ts';
import { findDifferentParts } from './find-different-parts.ts';

/** What to do with parts that this call would make differently. */
export type ExistingPolicy = 'keep' | 'redo' | undefined;

/**
 * Commits of `recycle` that stand, by shard name. A part of another key, input or version, a damaged one and one whose
 * shard is gone are kept, discarded or an ExistingOutputError, as the policy says.
 */
export async function acceptExistingParts(
  run: RunFolder,
  options: {
    /** The run when this began; what is decided later is looked at later. */
    readonly seen: RunReader;
    readonly shards: readonly Shard[];
    readonly stageKey: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly existing: ExistingPolicy;
    /** Parts of a stage that goes along which would be made differently: they are named in the same error. */
    readonly alsoDifferent?: readonly ExistingPart[] | undefined;
    readonly abortSignal: AbortSignal;
  },
): Promise<ReadonlyMap<string, PartCommit>> {
  const { seen, existing, alsoDifferent = [] } = options;
  const { standing: accepted, different } = await findDifferentParts(seen, options);
  requirePolicy(run, [...different, ...alsoDifferent], existing);
  for (const { number, shard, commit } of different) {
    // A damaged part cannot be kept, whatever was asked.
    if (existing === 'keep' && commit !== undefined) {
      accepted.set(shard, commit);
    } else {
      const decision = seen.journal.state.standing.get(partKey('recycle', number));
      await (decision && discardFrom(run, 'recycle', decision));
    }
  }
  return accepted;
}

/** Stops before anything is touched where parts would be made differently and nobody has said what to do with them. */
export function requirePolicy(run: RunReader, different: readonly ExistingPart[], existing: ExistingPolicy): void {
  if (different.length > 0 && existing === undefined) {
    const parts = different.map(({ part, shard, why }) => ({ part, shard, why }));
    throw new ExistingOutputError({ run: run.folder, parts });
  }
}
