import type { Decision } from './journal.ts';
import { commitText, partFile, saysCommit } from './part-commit.ts';
import { listPartLogs } from './part-log.ts';
import type { Store } from './store.ts';

/**
 * Gives the files of a decided part their names and writes its ok.json last. Any host may do it, any number of times,
 * several at once and late: each file is moved by one of them, and no other decision uses these names. False when files
 * are missing.
 */
export async function publishCommit(store: Store, { commit, staged }: Decision): Promise<boolean> {
  const { stage, part, revision } = commit;
  const ok = partFile(stage, part, 'commit', revision);
  if (saysCommit((await store.read(ok))?.toString(), commit)) {
    return true;
  }
  for (const [name, path] of Object.entries(staged)) {
    await store.move(path, name);
  }
  const sizes = await Promise.all(commit.files.map(({ name }) => store.size(name)));
  if (commit.files.some(({ bytes }, index) => sizes[index] !== bytes)) {
    return false;
  }
  await store.write(ok, commitText(commit));
  for (const log of await listPartLogs(store, stage, part)) {
    await store.remove(log);
  }
  return true;
}

/** Removes the files of a decision that does not stand any more. */
export async function removeCommit(store: Store, { commit, staged }: Decision): Promise<void> {
  // ok.json first, so that nobody takes the rest for whole.
  await store.remove(partFile(commit.stage, commit.part, 'commit', commit.revision));
  for (const file of [...commit.files.map(({ name }) => name), ...Object.values(staged)]) {
    // A removal waits for the disk; of what was removed long ago that would be for nothing.
    if ((await store.size(file)) !== undefined) {
      await store.remove(file);
    }
  }
}
