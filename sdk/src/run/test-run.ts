import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
