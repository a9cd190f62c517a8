import { isDeepStrictEqual } from 'node:util';
import { type PartCommit, partFile } from './part-commit.ts';
import { listPartLogs } from './part-log.ts';
import { readCommit } from './read-commit.ts';
import type { RunFolder } from './run-folder.ts';

/**
 * Takes back a part as it was `seen` (undefined: damaged, or no more than a log): first its ok.json, so that no half of
 * it counts, then its files, and its logs when told so. What another host has made of it since stays, and a part that
 * one works on is left to it.
 */
export async function discardPart(
  run: RunFolder,
  stage: string,
  part: number,
  seen: PartCommit | undefined,
  { logs = false } = {},
): Promise<void> {
  await using lease = await run.takePart(stage, part);
  const found = await readCommit(run, stage, part);
  const commit = 'commit' in found ? found.commit : undefined;
  if (lease === undefined || (commit !== undefined && !isDeepStrictEqual(commit, seen))) {
    return;
  }
  await run.store.remove(partFile(stage, part, 'commit'));
  for (const { name } of commit?.files ?? []) {
    await run.store.remove(name);
  }
  for (const log of logs ? await listPartLogs(run.store, stage, part) : []) {
    await run.store.remove(log);
  }
}
