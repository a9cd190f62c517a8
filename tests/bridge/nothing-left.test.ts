import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { openSamplePool, python } from './sample-pool.ts';

/** Processes whose environment carries the mark, other than this one. */
function markedProcesses(mark: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`REPRO_TEST_MARK=${mark}\0`);
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}

async function waitUntilNoneIsLeft(mark: string): Promise<void> {
  for (let left = markedProcesses(mark); left.length > 0; left = markedProcesses(mark)) {
    await sleep(20);
  }
}

afterEach(() => {
  vi.unstubAllEnvs();
});

it('leaves no process and no folder behind when it is disposed', async () => {
  const runtime = mkdtempSync('/tmp/repro-test-');
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  const mark = `${process.pid}-dispose`;
  {
    const marked = { ...python, environment: { REPRO_TEST_MARK: mark } };
    await using opened = await openSamplePool({ python: marked, replicas: 2 });
    await opened.pool.call('reward/sample#echo', { value: 1 });
    expect(markedProcesses(mark).length).toBeGreaterThanOrEqual(2);
  }
  expect(markedProcesses(mark)).toEqual([]);
  expect(readdirSync(runtime)).toEqual([]);
  rmdirSync(runtime);
});

it('leaves no worker behind when the host is killed', async () => {
  const mark = `${process.pid}-kill`;
  const host = spawn(process.execPath, ['--conditions=repro-src', new URL('idle-host.ts', import.meta.url).pathname], {
    env: { ...process.env, REPRO_TEST_MARK: mark },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface(host.stdout), 'line');
  expect(markedProcesses(mark)).toHaveLength(3); // the host, the guardian, the model process
  host.kill('SIGKILL');
  await waitUntilNoneIsLeft(mark);
}, 10_000);
