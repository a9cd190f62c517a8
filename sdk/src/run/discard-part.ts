import { type Decision, partKey } from './journal.ts';
import { listPartLogs } from './part-log.ts';
import { removeCommit } from './publish-commit.ts';
import type { RunFolder } from './run-folder.ts';

/** Takes back what was decided of a part, unless something else stands by now, and removes its files. */
export async function discardDecision(run: RunFolder, { commit, entry }: Decision): Promise<void> {
  const { stage, part } = commit;
  const standing = () => run.journal.state.standing.get(partKey(stage, part));
  await run.journal.decide(() =>
    standing()?.entry === entry ? { type: 'discard', host: run.host, stage, part, entry } : undefined,
  );
  const taken = run.journal.state.decisions.find((decision) => decision.entry === entry);
  if (taken !== undefined && standing()?.entry !== entry) {
    await removeCommit(run.store, taken);
  }
}

/** Throws away the logs of a part that nobody works on. */
export async function discardLogs(run: RunFolder, stage: string, part: number): Promise<void> {
  await using lease = await run.takePart(stage, part);
  for (const log of lease === undefined ? [] : await listPartLogs(run.store, stage, part)) {
    await run.store.remove(log);
  }
}
