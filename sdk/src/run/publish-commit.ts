import type { Decision } from './journal.ts';
import { type PartCommit, partFile } from './part-commit.ts';
import { listPartLogs } from './part-log.ts';
import type { Store } from './store.ts';

/**
 * Gives the files of a decided part their names and writes its ok.json last. Any host may do it, any number of times, and
 * several at once: each file is moved by one of them.
 */
export async function publishCommit(store: Store, { commit, staged }: Decision): Promise<void> {
  const { stage, part } = commit;
  const ok = partFile(stage, part, 'commit');
  const text = commitText(commit);
  const before = (await store.read(ok))?.toString();
  if (before !== undefined && before !== text) {
    // The part that stood here ends; until the new ok.json stands there is none.
    await store.remove(ok);
  }
  const quarantine = partFile(stage, part, 'quarantine');
  if (!(quarantine in staged)) {
    await store.remove(quarantine);
  }
  for (const [name, path] of Object.entries(staged)) {
    await store.move(path, name);
  }
  await store.write(ok, text);
  for (const log of await listPartLogs(store, stage, part)) {
    await store.remove(log);
  }
}

/** Whether a decided part still waits for its ok.json; one that was taken back or deleted by hand does not. */
export async function isUnpublished(store: Store, { commit, staged }: Decision): Promise<boolean> {
  const ok = (await store.read(partFile(commit.stage, commit.part, 'commit')))?.toString();
  if (ok === commitText(commit)) {
    return false;
  }
  const waiting = await Promise.all(Object.values(staged).map((path) => store.size(path)));
  if (waiting.some((bytes) => bytes !== undefined)) {
    return true;
  }
  const named = await Promise.all(commit.files.map(async ({ name, bytes }) => (await store.size(name)) === bytes));
  return ok === undefined && named.every(Boolean);
}

function commitText(commit: PartCommit): string {
  return `${JSON.stringify(commit, null, 2)}\n`;
}
