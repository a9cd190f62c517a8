import { randomUUID } from 'node:crypto';
import { link, open, readFile, readlink, rename, stat, unlink, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const renewMilliseconds = 2_000;
const pollMilliseconds = 200;
/** An owner that another machine cannot see is taken for dead when its file is as old as ever for this long. */
const silenceMilliseconds = 30_000;

/**
 * Runs `work` while this process alone holds `path`, and waits while another one does. A holder that died is replaced:
 * at once when it lived on this machine, after 30 s of silence when it lived on another that shares the folder.
 */
export async function withLockFile<Result>(
  path: string,
  work: () => Promise<Result>,
  { onWait, abortSignal }: { readonly onWait?: () => void; readonly abortSignal?: AbortSignal | undefined } = {},
): Promise<Result> {
  const own = JSON.stringify({ place: await describePlace(), pid: process.pid, token: randomUUID() });
  await acquire(path, own, onWait, abortSignal);
  const renewal = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), renewMilliseconds);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if ((await readFile(path, 'utf8').catch(() => '')) === own) await unlink(path);
  }
}

async function acquire(path: string, own: string, onWait?: () => void, abortSignal?: AbortSignal): Promise<void> {
  let seen = { state: '', since: 0 };
  for (let attempt = 0; !(await create(path, own)); attempt += 1) {
    abortSignal?.throwIfAborted();
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    const modified = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (holder === undefined || modified === undefined) continue;

    const state = `${holder} ${modified}`;
    if (state !== seen.state) seen = { state, since: performance.now() };
    if ((await isDead(holder)) || performance.now() - seen.since > silenceMilliseconds) {
      await discard(path, holder);
      continue;
    }
    if (attempt === 0) onWait?.();
    await sleep(pollMilliseconds, undefined, abortSignal ? { signal: abortSignal } : {});
  }
}

async function create(path: string, content: string): Promise<boolean> {
  // Written aside and linked, so that nobody ever reads an empty lock.
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx');
  await file.writeFile(content);
  await file.close();
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Moves a dead holder's file away; one that changed hands meanwhile is put back. */
async function discard(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path).catch(() => {});
  await unlink(aside);
}

async function isDead(holder: string): Promise<boolean> {
  const { place, pid } = JSON.parse(holder) as { place: string; pid: number };
  if (place !== (await describePlace())) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Two processes with the same place see each other's process ids: same boot, same process namespace. */
async function describePlace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
}
