import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { commitText, type PartCommit, partFile } from './part-commit.ts';
import { openRunFolder, type RunFolder } from './run-folder.ts';

/** A folder that is gone when the test is. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-run-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh run that is closed when the test is. */
export async function testRun(): Promise<RunFolder> {
  const runs = await testFolder();
  const run = await openRunFolder({ runs, name: 'demo', recipe: 'version: 1\n' });
  onTestFinished(() => run[Symbol.asyncDispose]());
  return run;
}

/** What this host has begun and given no name yet, but for its sign of life, which it renews at any moment. */
export async function unfinishedFiles(run: RunFolder): Promise<readonly string[]> {
  const files = await run.store.list(`_tmp/${run.host}`);
  return files.filter((file) => !file.endsWith(`-${run.host}.json`));
}

/** Makes another commit of one that stands, in the journal and in ok.json: as if another release had made it. */
export async function changeCommit(
  folder: string,
  stage: string,
  part: number,
  change: (commit: PartCommit) => PartCommit,
): Promise<void> {
  for (const name of await readdir(join(folder, 'journal'))) {
    const path = join(folder, 'journal', name);
    const entry = JSON.parse(await readFile(path, 'utf8'));
    if (entry.commit?.stage === stage && entry.commit.part === part) {
      const commit = change(entry.commit);
      await writeFile(path, JSON.stringify({ ...entry, commit }));
      await writeFile(join(folder, partFile(stage, part, 'commit', commit.revision)), commitText(commit));
    }
  }
}
