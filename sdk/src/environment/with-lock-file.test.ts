import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLockFile } from './with-lock-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repro-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('lets one work at a time and leaves nothing behind', async () => {
  const path = join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(10);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLockFile(path, work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

it('says once that it waits', async () => {
  const path = join(folder, 'lock');
  let waits = 0;
  const first = withLockFile(path, () => sleep(500));
  await sleep(50);
  await withLockFile(path, () => Promise.resolve(), { onWait: () => (waits += 1) });
  await first;
  expect(waits).toBe(1);
});

it('replaces a holder that died on this machine at once', async () => {
  const path = join(folder, 'lock');
  const { pid } = spawnSync('true');
  const holder = await withLockFile(path, () => readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...JSON.parse(holder), pid }));

  const started = performance.now();
  await withLockFile(path, () => Promise.resolve());
  expect(performance.now() - started).toBeLessThan(1_000);
});

it('frees the lock when the work fails', async () => {
  const path = join(folder, 'lock');
  await expect(withLockFile(path, () => Promise.reject(new Error('no wheel')))).rejects.toThrow('no wheel');
  expect(existsSync(path)).toBe(false);
});

it('stops waiting when it is aborted', async () => {
  const path = join(folder, 'lock');
  const controller = new AbortController();
  await withLockFile(path, async () => {
    const waiting = withLockFile(path, () => Promise.resolve(), { abortSignal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow();
  });
});
