import type { PartCommit } from './part-commit.ts';
import { listCommittedParts, readCommit } from './read-commit.ts';
import type { RunReader } from './run-folder.ts';

/** Folders of a run that hold parts, committed or in progress. */
export async function listStages(run: RunReader): Promise<readonly string[]> {
  const stages: string[] = [];
  for (const name of await run.store.list('.')) {
    if ((await run.store.list(name)).some((file) => /^part-\d+\./.test(file))) {
      stages.push(name);
    }
  }
  return stages;
}

/** Every whole commit of a run, by stage and part. */
export async function listCommits(run: RunReader): Promise<readonly PartCommit[]> {
  const commits: PartCommit[] = [];
  for (const stage of await listStages(run)) {
    for (const part of listCommittedParts(run, stage)) {
      const found = await readCommit(run, stage, part);
      if (found.state === 'committed') {
        commits.push(found.commit);
      }
    }
  }
  return commits;
}
