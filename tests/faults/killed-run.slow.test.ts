import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, type ResultPromise } from 'execa';
import { expect, it, onTestFinished } from 'vitest';

// A run of the command line with a worker process in Python, disturbed from outside while it works.

const cli = fileURLToPath(new URL('../../sdk/bin/repro.js', import.meta.url));
const shards = 4;
const pagesPerShard = 40;

/** A project whose reward takes its time, in a worker of its own. */
async function slowProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-faults-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'pages'));
  for (let shard = 0; shard < shards; shard += 1) {
    const pages = Array.from({ length: pagesPerShard }, (_, page) => ({
      id: `${shard}-${page}`,
      text: `Page ${page}.`,
    }));
    await writeFile(join(folder, `pages/${shard}.jsonl`), pages.map((page) => `${JSON.stringify(page)}\n`).join(''));
  }
  await writeFile(
    join(folder, 'slow.py'),
    'import time\n\n\ndef score(samples):\n    time.sleep(0.05 * len(samples))\n    return [0.5 for _ in samples]\n',
  );
  await writeFile(
    join(folder, 'recipe.yaml'),
    `name: slow
seed: 1
dataset: { use: jsonl, path: ./pages/*.jsonl, id: id }
rephraser: { use: identity }
rewards: [{ use: python, file: ./slow.py, function: score, weight: 1 }]
recycle: {}
score: {}
`,
  );
  return folder;
}

const repro = (folder: string, ...words: readonly string[]) =>
  execa(process.execPath, [cli, ...words], { cwd: folder, reject: false });

const startRun = (folder: string) => repro(folder, 'run', 'recipe.yaml');

async function expectWhole(folder: string): Promise<void> {
  expect(await repro(folder, 'verify', 'runs/slow')).toMatchObject({ exitCode: 0 });
  const sql = 'select id, count(*) as n, count(value) as scored from records join scores on id = record_id group by 1';
  const { stdout } = await repro(folder, 'query', 'runs/slow', sql, '--json');
  const { rows } = JSON.parse(stdout).data as { rows: readonly [string, number, number][] };
  const ids = Array.from({ length: shards }, (_, shard) =>
    Array.from({ length: pagesPerShard }, (_, page) => `${shard}-${page}`),
  ).flat();
  expect(rows.toSorted().map(([id, n, scored]) => [id, Number(n), Number(scored)])).toEqual(
    ids.toSorted().map((id) => [id, 1, 1]),
  );
}

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
