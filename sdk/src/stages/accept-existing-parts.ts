import type { Shard } from '../contract/dataset.ts';
import { ExistingOutputError, type ExistingPart } from '../errors/existing-output.ts';
import { partKey } from '../run/journal.ts';
import { type PartCommit, partName } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import type { RunFolder, RunReader } from '../run/run-folder.ts';
import { discardFrom } from './discard-from.ts';
import { hashShard } from './hash-shard.ts';

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
  const { seen, shards, stageKey, versions, existing, alsoDifferent = [], abortSignal } = options;
  const current = new Map(shards.map((shard) => [shard.name, shard]));
  const accepted = new Map<string, PartCommit>();
  const different: DifferentPart[] = [];

  for (const [part, name] of run.shards.entries()) {
    const found = await readCommit(seen, 'recycle', part, { stageKey });
    if (found.state === 'absent') {
      continue;
    }
    const shard = current.get(name);
    const commit = 'commit' in found ? found.commit : undefined;
    const why =
      found.state === 'damaged'
        ? `${found.file} ${found.problem}`
        : await differenceOf(found, shard, versions, abortSignal);
    if (commit !== undefined && why === undefined) {
      accepted.set(name, commit);
    } else {
      different.push({ part: `recycle/${partName(part)}`, shard: name, why: why ?? '', number: part, commit });
    }
  }

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

/** A part that this call would make differently; one that is damaged has no commit. */
export interface DifferentPart extends ExistingPart {
  readonly number: number;
  readonly commit: PartCommit | undefined;
}

/** Stops before anything is touched where parts would be made differently and nobody has said what to do with them. */
export function requirePolicy(run: RunFolder, different: readonly ExistingPart[], existing: ExistingPolicy): void {
  if (different.length > 0 && existing === undefined) {
    const parts = different.map(({ part, shard, why }) => ({ part, shard, why }));
    throw new ExistingOutputError({ run: run.folder, parts });
  }
}

/** Which package has another version than when a part was made. */
export function changedVersion(commit: PartCommit, versions: Readonly<Record<string, string>>): string | undefined {
  const changed = Object.entries(versions).find(([name, version]) => commit.versions[name] !== version);
  return changed && `made with ${changed[0]} ${commit.versions[changed[0]] ?? '(absent)'}, now ${changed[1]}`;
}

async function differenceOf(
  found: { readonly state: 'committed' | 'other-key' | 'other-input'; readonly commit: PartCommit },
  shard: Shard | undefined,
  versions: Readonly<Record<string, string>>,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { commit, state } = found;
  if (shard === undefined) {
    return 'its shard is not in the dataset any more';
  }
  if (state === 'other-key') {
    return 'made with another recipe, limit or model';
  }
  // The version is cheap; only where it differs does the content decide.
  if (commit.input.version !== shard.version && commit.input.sha256 !== (await hashShard(shard, abortSignal))) {
    return 'its source has changed';
  }
  return changedVersion(commit, versions);
}
