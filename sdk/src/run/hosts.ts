import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLostError } from '../errors/lease-lost.ts';
import type { Journal } from './journal.ts';
import { describeOwner, stateOfOwner, thisOwner } from './owner.ts';
import type { Store } from './store.ts';

export interface LeaseOptions {
  /** How often a host shows that it lives. 5,000. */
  readonly renewMilliseconds?: number;
  /** A host that stood still this often, by the clock of the one who looks, is given up. 6. */
  readonly missedRenewals?: number;
}

/** This process among the hosts of a run. Disposing it says goodbye. */
export interface Hosts extends AsyncDisposable {
  readonly id: string;
  /** For people: `process 12 on box`. */
  readonly owner: string;
  /** Aborted with a LeaseLostError when the others have given this one up. */
  readonly lost: AbortSignal;
  /**
   * Whether a host still works in the run. One that is dead, or was silent from an earlier call to this one for all its
   * missed renewals, is declared gone: from then on it can decide nothing.
   */
  isHere(host: string): Promise<boolean>;
  /** As `isHere`, but looks until it is certain: the host renews, or it is gone. */
  isSurelyHere(host: string, abortSignal: AbortSignal): Promise<boolean>;
}

/** What was seen of another host: its last renewal, when that came, and when it was looked for last. */
interface Sight {
  readonly renewal: string | undefined;
  readonly since: number;
  readonly lastLook: number;
}

/** A name for this process that no other host has or had; files can be called so. */
export function newHostId(): string {
  return `${hostname().replace(/[^\w.-]/g, '_')}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Joins the hosts of a run. Each renews `hosts/<id>.json`; what counts is that it changes, so no clocks are compared. */
export async function joinHosts(
  store: Store,
  journal: Journal,
  id: string,
  { renewMilliseconds = 5000, missedRenewals = 6 }: LeaseOptions = {},
): Promise<Hosts> {
  const owner = await thisOwner();
  const lost = new AbortController();
  const sights = new Map<string, Sight>();
  const readRenewal = async (host: string) => (await store.read(renewalPath(host)))?.toString();
  const patience = renewMilliseconds * missedRenewals;
  let sequence = 0;
  let renewal: Promise<void> = Promise.resolve();

  async function renew(): Promise<void> {
    sequence += 1;
    await store.write(renewalPath(id), JSON.stringify({ owner, sequence, renewedAt: new Date().toISOString() }));
    // Not waited for: a decision under way may take long, and the next renewal must not.
    void noticeLoss();
  }

  async function noticeLoss(): Promise<void> {
    const state = await journal.read().catch(() => undefined);
    if (state?.hosts.get(id)?.state === 'gone') {
      lost.abort(new LeaseLostError({ run: store.root, host: describeOwner(owner) }));
    }
  }

  async function isHere(host: string): Promise<boolean> {
    // One that is not known may have joined since.
    const found = journal.state.hosts.get(host) ?? (await journal.read()).hosts.get(host);
    if (host === id || found?.state !== 'here') {
      return host === id;
    }
    const now = performance.now();
    const seen = await readRenewal(host);
    const before = sights.get(host);
    // Who has not looked for long (frozen itself, or waiting for a slow disk) begins to look anew.
    const isSame = before?.renewal === seen && now - (before?.lastLook ?? now) < patience / 2;
    const since = isSame ? (before?.since ?? now) : now;
    sights.set(host, { renewal: seen, since, lastLook: now });
    if (now - since < patience && (await stateOfOwner(found.owner)) !== 'dead') {
      return true;
    }
    await journal.decide(({ hosts }) =>
      hosts.get(host)?.state === 'here' ? { type: 'gone', host, by: id } : undefined,
    );
    return false;
  }

  await journal.decide(() => ({ type: 'joined', host: id, owner }));
  await renew();
  // What a renewal meets besides (a full disk) is met by the next decision, which says so.
  const timer = setInterval(() => {
    renewal = renewal.then(renew).catch(() => undefined);
  }, renewMilliseconds).unref();

  return {
    id,
    owner: describeOwner(owner),
    lost: lost.signal,
    isHere,

    async isSurelyHere(host, abortSignal) {
      const first = await readRenewal(host);
      for (;;) {
        if (!(await isHere(host))) {
          return false;
        }
        if ((await readRenewal(host)) !== first) {
          return true;
        }
        await sleep(renewMilliseconds / 5, undefined, { signal: abortSignal });
      }
    },

    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await renewal;
      // Without a way to say so (a full disk) its process is dead soon. That may not hide why the run ends.
      await journal.decide(() => ({ type: 'left', host: id })).catch(() => undefined);
      await store.remove(renewalPath(id)).catch(() => undefined);
    },
  };
}

export function renewalPath(host: string): string {
  return `hosts/${host}.json`;
}
