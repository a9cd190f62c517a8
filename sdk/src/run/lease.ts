import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LeaseLostError } from '../errors/lease-lost.ts';
import { LeasedElsewhereError } from '../errors/leased-elsewhere.ts';
import { describeOwner, Owner, stateOfOwner, thisOwner } from './owner.ts';
import type { Store } from './store.ts';

/**
 * Ownership of a run. Owner n holds `lease/0000n.json`; the highest number owns the run. A takeover creates n + 1
 * exclusively, so of several contenders one wins, and a paused owner that wakes up sees that it is no longer the last.
 */
export interface Lease extends AsyncDisposable {
  /** Grows with every owner; a commit names it. */
  readonly generation: number;
  readonly owner: string;
  /** Aborted with a LeaseLostError once another owner was seen. */
  readonly lost: AbortSignal;
  /** Throws LeaseLostError when it is no longer ours. */
  check(): Promise<void>;
}

export interface LeaseOptions {
  /** 5,000. */
  readonly renewMilliseconds?: number;
  /** A lease of another machine is free once it stood still this often, by our own clock. 6. */
  readonly missedRenewals?: number;
  readonly abortSignal?: AbortSignal | undefined;
}

const LeaseFile = z.object({
  owner: Owner,
  /** Counts renewals; clocks of two machines are never compared. */
  sequence: z.int(),
  renewedAt: z.string(),
  released: z.boolean(),
});

const folder = 'lease';
const pathOf = (generation: number) => `${folder}/${String(generation).padStart(5, '0')}.json`;

/** Takes the lease of a run. A dead owner of this machine is replaced at once, a silent one elsewhere after 30 s. */
export async function acquireLease(
  store: Store,
  { renewMilliseconds = 5000, missedRenewals = 6, abortSignal }: LeaseOptions = {},
): Promise<Lease> {
  const owner = await thisOwner();
  for (;;) {
    const current = await newestGeneration(store);
    if (current > 0) {
      await waitUntilFree(store, current, { renewMilliseconds, missedRenewals, abortSignal });
    }
    const generation = current + 1;
    if (!(await store.createExclusively(pathOf(generation), leaseText(owner, 0)))) {
      continue;
    }
    // A listing taken while files come and go may have missed the newest one.
    if ((await newestGeneration(store)) === generation) {
      await removeOlder(store, generation);
      return holdLease(store, { generation, owner, renewMilliseconds });
    }
    await store.remove(pathOf(generation));
  }
}

function holdLease(
  store: Store,
  { generation, owner, renewMilliseconds }: { generation: number; owner: Owner; renewMilliseconds: number },
): Lease {
  const lost = new AbortController();
  let sequence = 0;
  let renewal: Promise<void> = Promise.resolve();

  async function check(): Promise<void> {
    lost.signal.throwIfAborted();
    const newest = await newestGeneration(store);
    if (newest !== generation) {
      const winner = (await readLease(store, newest))?.owner;
      lost.abort(new LeaseLostError({ run: store.root, owner: winner ? describeOwner(winner) : 'another process' }));
      lost.signal.throwIfAborted();
    }
  }

  async function renew(): Promise<void> {
    try {
      await check();
      sequence += 1;
      await store.write(pathOf(generation), leaseText(owner, sequence));
    } catch {
      // A lost lease has aborted its signal. Anything else (a full disk) is tried again next time, and meets the
      // next commit, which checks for itself.
    }
  }

  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, renewMilliseconds).unref();

  return {
    generation,
    owner: describeOwner(owner),
    lost: lost.signal,
    check,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await renewal;
      // Without a way to say so (a full disk) the lease is taken away instead. Neither may hide why the run ends.
      await check()
        .then(() => store.write(pathOf(generation), leaseText(owner, sequence + 1, true)))
        .catch(() => (lost.signal.aborted ? undefined : store.remove(pathOf(generation))))
        .catch(() => undefined);
    },
  };
}

/** Resolves when the lease is released, its owner dead or silent for too long; throws LeasedElsewhereError otherwise. */
async function waitUntilFree(
  store: Store,
  generation: number,
  { renewMilliseconds, missedRenewals, abortSignal }: Required<Omit<LeaseOptions, 'abortSignal'>> & LeaseOptions,
): Promise<void> {
  const found = await readLease(store, generation);
  if (found?.released) {
    return;
  }
  const state = found === undefined ? 'unknown' : await stateOfOwner(found.owner);
  const elsewhere = () =>
    new LeasedElsewhereError({ run: store.root, owner: found ? describeOwner(found.owner) : 'another process' });
  if (state === 'dead') {
    return;
  }
  if (state === 'alive') {
    throw elsewhere();
  }
  const before = await readText(store, generation);
  const patience = renewMilliseconds * missedRenewals;
  const start = performance.now();
  while (performance.now() - start < patience) {
    await sleep(renewMilliseconds / 2, undefined, { signal: abortSignal });
    if ((await readText(store, generation)) !== before) {
      throw elsewhere();
    }
  }
}

function leaseText(owner: Owner, sequence: number, released = false): string {
  return JSON.stringify({ owner, sequence, renewedAt: new Date().toISOString(), released });
}

async function readText(store: Store, generation: number): Promise<string | undefined> {
  return (await store.read(pathOf(generation)))?.toString();
}

/** Undefined when it is gone or cannot be understood; its owner is then unknown, not absent. */
async function readLease(store: Store, generation: number): Promise<z.infer<typeof LeaseFile> | undefined> {
  const text = await readText(store, generation);
  try {
    return LeaseFile.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}

async function generations(store: Store): Promise<readonly number[]> {
  const names = await store.list(folder);
  return names.filter((name) => /^\d+\.json$/.test(name)).map((name) => Number.parseInt(name, 10));
}

/** 0 when nobody ever owned it. */
async function newestGeneration(store: Store): Promise<number> {
  return Math.max(0, ...(await generations(store)));
}

async function removeOlder(store: Store, generation: number): Promise<void> {
  for (const older of await generations(store)) {
    if (older < generation) {
      await store.remove(pathOf(older));
    }
  }
}
