import { type Hosts, renewalPath } from './hosts.ts';
import type { Journal } from './journal.ts';
import { isUnpublished, publishCommit } from './publish-commit.ts';
import type { Store } from './store.ts';

/**
 * Puts in order what hosts left behind that work no more: publishes the parts that they had decided, then throws away
 * their unfinished files. `done` holds the hosts for which that has been done.
 */
export async function recoverRun(store: Store, journal: Journal, hosts: Hosts, done: Set<string>): Promise<void> {
  const { hosts: known } = await journal.read();
  for (const host of known.keys()) {
    if (host === hosts.id || done.has(host) || (await hosts.isHere(host))) {
      continue;
    }
    if ((await store.list(`_tmp/${host}`)).length > 0) {
      await publishDecided(store, journal, host);
      await store.remove(`_tmp/${host}`);
    }
    await store.remove(renewalPath(host));
    done.add(host);
  }
}

/** Publishes what was decided, by one host or by any, and not published yet. */
export async function publishDecided(store: Store, { state }: Journal, host?: string): Promise<void> {
  for (const decision of state.standing.values()) {
    if ((host ?? decision.host) === decision.host && (await isUnpublished(store, decision))) {
      await publishCommit(store, decision);
    }
  }
}
