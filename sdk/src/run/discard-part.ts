import { partFile } from './part-commit.ts';
import { readCommit } from './read-commit.ts';
import type { RunFolder } from './run-folder.ts';

/** Takes a committed part back: first its ok.json, so that no half of it counts, then its files. */
export async function discardPart(run: RunFolder, stage: string, part: number): Promise<void> {
  await run.lease.check();
  const found = await readCommit(run, stage, part);
  await run.store.remove(partFile(stage, part, 'commit'));
  for (const { name } of 'commit' in found ? found.commit.files : []) {
    await run.store.remove(name);
  }
}
