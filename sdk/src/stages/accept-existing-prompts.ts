import { hash } from 'node:crypto';
import { discardLogs } from '../run/discard-part.ts';
import { partKey } from '../run/journal.ts';
import type { PartCommit } from '../run/part-commit.ts';
import { partName } from '../run/part-commit.ts';
import { listPartLogs } from '../run/part-log.ts';
import type { RunFolder, RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { type ExistingPolicy, requirePolicy } from './accept-existing-parts.ts';
import { discardFrom } from './discard-from.ts';
import { hashPrompts } from './hash-prompts.ts';

/**
 * Holds the prompts of this call against those that the run began with. Where a model reads one as other tokens (another
 * template or tokenizer code), committed parts and documents in progress are kept, discarded or an ExistingOutputError,
 * as the policy says. Gives the commits that stand.
 */
export async function acceptExistingPrompts(
  session: Session,
  run: RunFolder,
  options: {
    /** The run when its parts were looked at. */
    readonly seen: RunReader;
    readonly committed: ReadonlyMap<string, PartCommit>;
    readonly existing: ExistingPolicy;
  },
): Promise<ReadonlyMap<string, PartCommit>> {
  const { seen, committed, existing } = options;
  const prompts = await hashPrompts(session);
  await run.claimStage('prompts', hash('sha256', JSON.stringify([...prompts].sort())));
  const changed = [...prompts].filter(([name, now]) => (run.notes.get(name) ?? now) !== now).map(([name]) => name);
  const parts = changed.length === 0 ? [] : await partsWithOutput(run, committed);
  const why = `${changed.join(', ')}: read as other tokens than when this run began`;
  requirePolicy(
    run,
    parts.map(({ number, shard }) => ({ part: `recycle/${partName(number)}`, shard, why })),
    existing,
  );
  if (existing === 'redo') {
    for (const { number } of parts) {
      const decision = seen.journal.state.standing.get(partKey('recycle', number));
      await (decision && discardFrom(run, 'recycle', decision));
      await discardLogs(run, 'recycle', number);
    }
  }
  for (const [name, now] of prompts) {
    await run.remember(name, now, { replace: true });
  }
  return existing === 'redo' && parts.length > 0 ? new Map() : committed;
}

/** Parts that are committed or have documents in their log. */
async function partsWithOutput(run: RunFolder, committed: ReadonlyMap<string, PartCommit>) {
  const parts: { readonly number: number; readonly shard: string }[] = [];
  for (const [number, shard] of run.shards.entries()) {
    if (committed.has(shard) || (await listPartLogs(run.store, 'recycle', number)).length > 0) {
      parts.push({ number, shard });
    }
  }
  return parts;
}
