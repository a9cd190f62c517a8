import type { Shard } from '../contract/dataset.ts';
import type { ExistingPart } from '../errors/existing-output.ts';
import { type PartCommit, partName } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import { hashShard } from './hash-shard.ts';

/** A part that this call would make differently; one that is damaged has no commit. */
export interface DifferentPart extends ExistingPart {
  readonly number: number;
  readonly commit: PartCommit | undefined;
}

/**
 * Commits of `recycle` that stand, by shard name, and those of another key, input or version, damaged ones and those
 * whose shard is gone. Touches nothing.
 */
export async function findDifferentParts(
  run: RunReader,
  options: {
    readonly shards: readonly Shard[];
    readonly stageKey: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly abortSignal: AbortSignal;
  },
): Promise<{ readonly standing: Map<string, PartCommit>; readonly different: readonly DifferentPart[] }> {
  const { shards, stageKey, versions, abortSignal } = options;
  const current = new Map(shards.map((shard) => [shard.name, shard]));
  const standing = new Map<string, PartCommit>();
  const different: DifferentPart[] = [];
  for (const [part, name] of run.shards.entries()) {
    const found = await readCommit(run, 'recycle', part, { stageKey });
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
      standing.set(name, commit);
    } else {
      different.push({ part: `recycle/${partName(part)}`, shard: name, why: why ?? '', number: part, commit });
    }
  }
  return { standing, different };
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
