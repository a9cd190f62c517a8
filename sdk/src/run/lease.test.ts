import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LeaseLostError } from '../errors/lease-lost.ts';
import { LeasedElsewhereError } from '../errors/leased-elsewhere.ts';
import { acquireLease } from './lease.ts';
import { stateOfOwner, thisOwner } from './owner.ts';
import { openPosixStore } from './posix-store.ts';
import type { Store } from './store.ts';
import { testFolder } from './test-run.ts';

const quick = { renewMilliseconds: 40, missedRenewals: 5 };

describe('acquireLease', () => {
  it('gives a released run a next owner at once', async () => {
    const store = openPosixStore(await testFolder());
    const first = await acquireLease(store);
    await first[Symbol.asyncDispose]();
    await using second = await acquireLease(store);
    expect([first.generation, second.generation]).toEqual([1, 2]);
    expect(await store.list('lease')).toEqual(['00002.json']);
  });

  it('refuses a run that a live process owns, and names it', async () => {
    const store = openPosixStore(await testFolder());
    await using _held = await acquireLease(store);
    const refused = acquireLease(store).catch((error: unknown) => error);
    expect(await refused).toBeInstanceOf(LeasedElsewhereError);
    expect(await refused).toMatchObject({ owner: expect.stringContaining(`process ${process.pid}`) });
  });

  it('gives one of many contenders the run of a dead process', async () => {
    const store = openPosixStore(await testFolder());
    await writeLease(store, 7, { ...(await thisOwner()), ...(await deadProcess()) });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLease(store)));
    const won = tries.filter((result) => result.status === 'fulfilled');
    expect(won.map(({ value }) => value.generation)).toEqual([8]);
    for (const result of tries.filter((result) => result.status === 'rejected')) {
      expect(result.reason).toBeInstanceOf(LeasedElsewhereError);
    }
    await won[0]?.value[Symbol.asyncDispose]();
  });

  it('is not fooled by another process that got the same pid', async () => {
    const store = openPosixStore(await testFolder());
    await writeLease(store, 1, { ...(await thisOwner()), startedAtTicks: '1' });
    await using lease = await acquireLease(store);
    expect(lease.generation).toBe(2);
  });

  it('waits for a machine that it cannot see until it stood still for the missed renewals', async () => {
    const store = openPosixStore(await testFolder());
    await writeLease(store, 1, { ...(await thisOwner()), bootId: 'another machine' });
    const start = performance.now();
    await using lease = await acquireLease(store, quick);
    expect(lease.generation).toBe(2);
    expect(performance.now() - start).toBeGreaterThanOrEqual(200);
  });

  it('refuses a run whose unseen owner renews, whatever its clock says', async () => {
    const store = openPosixStore(await testFolder());
    const owner = { ...(await thisOwner()), host: 'far', bootId: 'another machine' };
    await writeLease(store, 1, owner);
    const renewing = setTimeout(() => void writeLease(store, 1, owner, 1), 60);
    onTestFinished(() => clearTimeout(renewing));
    await expect(acquireLease(store, quick)).rejects.toMatchObject({ code: 'REPRO_LEASED_ELSEWHERE', owner: /far/ });
  });

  it('treats a lease file that cannot be understood as an unseen owner', async () => {
    const store = openPosixStore(await testFolder());
    await store.write('lease/00003.json', '{"own');
    await using lease = await acquireLease(store, quick);
    expect(lease.generation).toBe(4);
  });

  it('stops waiting when aborted', async () => {
    const store = openPosixStore(await testFolder());
    await writeLease(store, 1, { ...(await thisOwner()), bootId: 'another machine' });
    await expect(acquireLease(store, { abortSignal: AbortSignal.timeout(30) })).rejects.toThrow(/aborted/);
  });
});

describe('a lease', () => {
  it('renews its sequence', async () => {
    const store = openPosixStore(await testFolder());
    await using _lease = await acquireLease(store, quick);
    const sequence = async () => JSON.parse(String(await store.read('lease/00001.json'))).sequence;
    await expect.poll(sequence, { timeout: 5000 }).toBeGreaterThan(1);
  });

  it('is lost once another owner took over: signal, check and release know it', async () => {
    const store = openPosixStore(await testFolder());
    const lease = await acquireLease(store, quick);
    await lease.check();
    await writeLease(store, 2, { ...(await thisOwner()), host: 'far', pid: 12 });
    await expect.poll(() => lease.lost.aborted, { timeout: 5000 }).toBe(true);
    expect(lease.lost.reason).toBeInstanceOf(LeaseLostError);
    await expect(lease.check()).rejects.toMatchObject({ code: 'REPRO_LEASE_LOST', owner: 'process 12 on far' });
    await lease[Symbol.asyncDispose]();
    expect(JSON.parse(String(await store.read('lease/00002.json'))).released).toBe(false);
  });

  it('is found lost by check before the next renewal', async () => {
    const store = openPosixStore(await testFolder());
    await using lease = await acquireLease(store);
    await writeLease(store, 2, await thisOwner());
    await expect(lease.check()).rejects.toBeInstanceOf(LeaseLostError);
  });
});

describe('releasing a lease', () => {
  it('frees the run even when nothing can be written any more', async () => {
    const store = openPosixStore(await testFolder());
    const lease = await acquireLease({ ...store, write: () => Promise.reject(new Error('disk full')) });
    await lease[Symbol.asyncDispose]();
    await using next = await acquireLease(store);
    expect(next.generation).toBe(1);
  });
});

describe('stateOfOwner', () => {
  it('sees a killed process that nobody has waited for as dead', async () => {
    // The shell never waits for the process it starts, and prints its pid.
    const shell = spawn('bash', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void shell.kill('SIGKILL'));
    const [line] = await once(shell.stdout, 'data');
    const pid = Number(String(line));
    const owner = { ...(await thisOwner()), pid, startedAtTicks: await startOf(pid) };
    expect(await stateOfOwner(owner)).toBe('alive');
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => stateOfOwner(owner)).toBe('dead');
  });
});

async function writeLease(store: Store, generation: number, owner: object, sequence = 0): Promise<void> {
  const renewedAt = '1999-01-01T00:00:00.000Z';
  const text = JSON.stringify({ owner, sequence, renewedAt, released: false });
  await store.write(`lease/${String(generation).padStart(5, '0')}.json`, text);
}

async function deadProcess(): Promise<{ pid: number; startedAtTicks: string }> {
  const { stdout } = await promisify(execFile)('bash', ['-c', 'echo $$; cut -d" " -f22 /proc/$$/stat']);
  const [pid = '', startedAtTicks = ''] = stdout.split('\n');
  return { pid: Number(pid), startedAtTicks };
}

async function startOf(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('cut', ['-d', ' ', '-f', '22', `/proc/${pid}/stat`]);
  return stdout.trim();
}
