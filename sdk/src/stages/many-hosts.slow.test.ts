import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { queryRun } from '../run/query-run.ts';
import { openRunForReading } from '../run/run-folder.ts';
import { verifyRun } from '../run/verify-run.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';

const host = fileURLToPath(new URL('./test-host.ts', import.meta.url));
const shards = 12;
const pagesPerShard = 20;
const hosts = 4;
/** Longer than the lease of a test host, so that the others take its parts. */
const frozenMilliseconds = 1600;

interface Host {
  readonly child: ChildProcess;
  /** Exit code, or the signal that ended it. */
  readonly end: Promise<number | string>;
  readonly stderr: () => string;
}

function startHost(folder: string): Host {
  const child = spawn(process.execPath, ['--conditions=repro-src', host, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string);
  return { child, end, stderr: () => stderr };
}

/** Disturbs one host after another until the run is made: kills it, or freezes it past its lease. Others take its place. */
async function disturb(folder: string, running: Set<Host>, times: number): Promise<void> {
  for (let time = 0; time < times && running.size > 0; time += 1) {
    await sleep(Math.random() * 500);
    const victims = [...running];
    const victim = victims[Math.floor(Math.random() * victims.length)];
    if (victim === undefined || victim.child.exitCode !== null) {
      continue;
    }
    if (time % 2 === 0) {
      victim.child.kill('SIGKILL');
      running.delete(victim);
      running.add(startHost(folder));
    } else {
      victim.child.kill('SIGSTOP');
      await sleep(frozenMilliseconds);
      victim.child.kill('SIGCONT');
    }
  }
}

it('four hosts killed and frozen at random make one run, with every page once', async () => {
  const pages = Array.from({ length: shards }, (_, index) => samplePages(pagesPerShard, `s${index}-`));
  // The first page of every second shard has the id of one in another shard.
  const files = pages.map((page, index) => {
    const twin = pages[(index + 1) % shards]?.[0];
    return [`pages/${String(index).padStart(2, '0')}.jsonl`, index % 2 === 0 && twin ? [...page, twin] : page] as const;
  });
  const folder = await writeFolder(Object.fromEntries(files));
  const running = new Set(Array.from({ length: hosts }, () => startHost(folder)));
  // A host that is killed before it has joined the run leaves nothing behind for the others.
  await expect
    .poll(() => readdir(join(runFolderOf(folder), 'hosts')).catch(() => []), { timeout: 60_000 })
    .toHaveLength(hosts);
  await disturb(folder, running, 10);

  for (const { end, stderr } of running) {
    const code = await end;
    // A host that was frozen learns that it was given up, and says so.
    expect(code === 0 || stderr().includes('REPRO_LEASE_LOST'), stderr()).toBe(true);
  }
  const last = startHost(folder);
  expect(await last.end, last.stderr()).toBe(0);

  const run = runFolderOf(folder);
  const twins = Math.ceil(shards / 2);
  expect(await verifyRun(run)).toMatchObject({
    parts: 3 * shards,
    quarantined: twins,
    kept: (shards * pagesPerShard) / 2,
    inProgress: [],
  });
  // Else nothing was disturbed.
  const gone = [...(await openRunForReading(run)).journal.state.hosts.values()].filter(({ state }) => state === 'gone');
  expect(gone.length).toBeGreaterThan(0);
  const { rows } = await queryRun(run, 'select id from records order by id');
  const ids = pages.flat().map(({ id }) => id);
  expect(rows.flat()).toEqual(ids.toSorted());
  const { rows: scored } = await queryRun(run, 'select count(*), count(distinct record_id) from scores');
  expect(scored).toEqual([[ids.length, ids.length]]);
}, 300_000);
