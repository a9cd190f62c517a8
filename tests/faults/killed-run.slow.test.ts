import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { expect, it } from 'vitest';
import { cli, expectWhole, slowProject, startRun } from './project.ts';

// A run of the command line with a worker process in Python, disturbed from outside while it works.

/** Processes below one, its workers and their guardians. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

it('host, worker or both killed twenty times in one run: the same command ends it with every page and score once', async () => {
  const folder = await slowProject();
  let host: ResultPromise = startRun(folder);
  for (let kill = 0; kill < 20; kill += 1) {
    await sleep(300 + Math.random() * 1500);
    const workers = await descendantsOf(host.pid ?? 0);
    for (const worker of kill % 3 === 0 ? [] : workers.slice(-1)) {
      process.kill(worker, 'SIGKILL');
    }
    if (kill % 3 !== 1) {
      host.kill('SIGKILL');
      await host;
      host = startRun(folder);
    }
  }
  const { exitCode, stderr } = await host;
  // A worker that is killed again and again may be given up; then the command is to be run once more.
  expect([0, 7], String(stderr)).toContain(exitCode);
  expect(await startRun(folder)).toMatchObject({ exitCode: 0 });
  await expectWhole(folder);
});

it.each([
  ['once', 1, [130]],
  ['twice', 2, [130, null]],
])('Ctrl-C pressed %s stops a run in seconds, and the same command goes on', async (_, times, exits) => {
  const folder = await slowProject();
  const host = startRun(folder);
  await expect.poll(async () => (await descendantsOf(host.pid ?? 0)).length, { timeout: 30_000 }).toBeGreaterThan(0);
  const pressed = performance.now();
  for (let time = 0; time < times; time += 1) {
    host.kill('SIGINT');
    await sleep(200);
  }
  const { exitCode, signal } = await host;
  expect(exits).toContain(exitCode ?? null);
  expect(signal ?? 'SIGINT').toBe('SIGINT');
  expect(performance.now() - pressed).toBeLessThan(20_000);
  expect(await startRun(folder)).toMatchObject({ exitCode: 0 });
  await expectWhole(folder);
});

// Full while it logs, while it makes the tables of a part, and while it publishes them.
it.each([60, 100, 140])(
  'a disk of %d KB ends a run with exit 8, and with room the same command ends it well',
  async (size) => {
    const folder = await slowProject();
    const node = `"${process.execPath}" "${cli}"`;
    const script = `set -u
mkdir runs && mount -t tmpfs -o size=${size}k tmpfs runs || exit 77
${node} run recipe.yaml; echo "first exit $?"
mount -o remount,size=64m runs
${node} run recipe.yaml && ${node} verify runs/slow; echo "second exit $?"
cp -r runs copy`;
    const { exitCode, stdout, stderr } = await execa(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script],
      {
        cwd: folder,
        reject: false,
      },
    );
    if (exitCode === 77 || stderr.includes('unshare failed')) {
      return; // This machine gives nobody a file system of their own.
    }
    expect(stdout, stderr).toContain('first exit 8');
    expect(stderr).toContain('REPRO_DISK_FULL');
    expect(stdout, stderr).toContain('second exit 0');
  },
);
