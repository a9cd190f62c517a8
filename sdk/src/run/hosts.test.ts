import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LeaseLostError } from '../errors/lease-lost.ts';
import { joinHosts, type LeaseOptions, newHostId } from './hosts.ts';
import { openJournal } from './journal.ts';
import { type Owner, stateOfOwner, thisOwner } from './owner.ts';
import { openPosixStore } from './posix-store.ts';
import { testFolder } from './test-run.ts';

const quick = { renewMilliseconds: 40, missedRenewals: 5 };
const elsewhere = { host: 'far', bootId: 'another machine' };

async function join(folder: string, options: LeaseOptions = quick) {
  const id = newHostId();
  const store = openPosixStore(folder, { temporaryFolder: `_tmp/${id}` });
  const journal = await openJournal(store, id);
  const hosts = await joinHosts(store, journal, id, options);
  onTestFinished(() => hosts[Symbol.asyncDispose]());
  return { store, journal, hosts };
}

/** A host that another process or machine once was. */
async function addHost(folder: string, id: string, owner: Partial<Owner>) {
  const store = openPosixStore(folder);
  const journal = await openJournal(store, id);
  await journal.decide(async () => ({ type: 'joined', host: id, owner: { ...(await thisOwner()), ...owner } }));
  const renew = (sequence: number) => store.write(`hosts/${id}.json`, JSON.stringify({ sequence }));
  await renew(0);
  return { journal, renew };
}

describe('isHere', () => {
  it('knows hosts that work, and hosts that have left', async () => {
    const folder = await testFolder();
    const first = await join(folder);
    const second = await join(folder);
    await first.journal.read();
    expect(await first.hosts.isHere(second.hosts.id)).toBe(true);
    expect(await second.hosts.isHere(first.hosts.id)).toBe(true);
    await second.hosts[Symbol.asyncDispose]();
    await first.journal.read();
    expect(await first.hosts.isHere(second.hosts.id)).toBe(false);
    expect(await first.hosts.isHere('nobody')).toBe(false);
  });

  it('declares a dead process of this machine gone at once', async () => {
    const folder = await testFolder();
    await addHost(folder, 'dead', await deadProcess());
    const { hosts, journal } = await join(folder);
    expect(await hosts.isHere('dead')).toBe(false);
    expect(journal.state.hosts.get('dead')?.state).toBe('gone');
  });

  it('is not fooled by another process that got the same pid', async () => {
    const folder = await testFolder();
    await addHost(folder, 'older', { startedAtTicks: '1' });
    const { hosts } = await join(folder);
    expect(await hosts.isHere('older')).toBe(false);
  });

  it('gives up a machine that it cannot see once it stood still for the missed renewals', async () => {
    const folder = await testFolder();
    await addHost(folder, 'silent', elsewhere);
    const { hosts } = await join(folder);
    const start = performance.now();
    expect(await hosts.isHere('silent')).toBe(true);
    await expect.poll(() => hosts.isHere('silent'), { timeout: 5000, interval: 10 }).toBe(false);
    expect(performance.now() - start).toBeGreaterThanOrEqual(200);
  });

  it('gives up a process that is there and frozen', async () => {
    const folder = await testFolder();
    await addHost(folder, 'frozen', {});
    const { hosts } = await join(folder);
    expect(await hosts.isSurelyHere('frozen', AbortSignal.timeout(5000))).toBe(false);
  });

  it('keeps a host that renews, whatever its clock says', async () => {
    const folder = await testFolder();
    const { renew } = await addHost(folder, 'far', elsewhere);
    const { hosts } = await join(folder);
    const renewing = setTimeout(() => void renew(1), 60);
    onTestFinished(() => clearTimeout(renewing));
    expect(await hosts.isSurelyHere('far', AbortSignal.timeout(5000))).toBe(true);
  });
});

describe('a host that was given up', () => {
  it('learns it with its next renewal, and decides nothing any more', async () => {
    const folder = await testFolder();
    const { hosts, journal } = await join(folder);
    const other = await join(folder);
    await other.journal.decide(() => ({ type: 'gone', host: hosts.id, by: other.hosts.id }));
    await expect(journal.decide(() => ({ type: 'note', key: 'a', value: 'b' }))).rejects.toBeInstanceOf(LeaseLostError);
    await expect.poll(() => hosts.lost.aborted, { timeout: 5000 }).toBe(true);
    expect(hosts.lost.reason).toMatchObject({
      code: 'REPRO_LEASE_LOST',
      host: `process ${process.pid} on ${(await thisOwner()).host}`,
    });
    expect((await other.journal.read()).notes.size).toBe(0);
  });
});

describe('openJournal', () => {
  it('gives entries of many hosts one order, which all of them see', async () => {
    const folder = await testFolder();
    const journals = await Promise.all(
      ['a', 'b', 'c'].map((id) => openJournal(openPosixStore(folder, { temporaryFolder: `_tmp/${id}` }), id)),
    );
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        journals[index % 3]?.decide(({ shards }) => ({ type: 'shards', names: [`${shards.length}`] })),
      ),
    );
    for (const journal of journals) {
      expect((await journal.read()).shards).toEqual(Array.from({ length: 30 }, (_, index) => String(index)));
    }
  });

  it('names an entry that it cannot understand', async () => {
    const store = openPosixStore(await testFolder());
    await store.write('journal/000001.json', '{"type":"jo');
    await expect(openJournal(store)).rejects.toMatchObject({ code: 'REPRO_DAMAGED_RUN', message: /000001\.json/ });
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

async function deadProcess(): Promise<{ pid: number; startedAtTicks: string }> {
  const { stdout } = await promisify(execFile)('bash', ['-c', 'echo $$; cut -d" " -f22 /proc/$$/stat']);
  const [pid = '', startedAtTicks = ''] = stdout.split('\n');
  return { pid: Number(pid), startedAtTicks };
}

async function startOf(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('cut', ['-d', ' ', '-f', '22', `/proc/${pid}/stat`]);
  return stdout.trim();
}
