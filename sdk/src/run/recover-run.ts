import { type Hosts, renewalPath } from './hosts.ts';
import { type Journal, partKey } from './journal.ts';
import { publishCommit, removeCommit } from './publish-commit.ts';
import type { Store } from './store.ts';

/**
 * Puts in order what hosts left behind that work no more: publishes what they had decided, removes what they were
 * removing, then throws away their unfinished files. `done` holds the hosts for which that has been done.
 */
export async function recoverRun(store: Store, journal: Journal, hosts: Hosts, done: Set<string>): Promise<void> {
  const { hosts: known } = await journal.read();
  for (const host of known.keys()) {
    if (host === hosts.id || done.has(host) || (await hosts.isHere(host))) {
      continue;
    }
    await publishDecided(store, journal, host);
    await removeReplaced(store, journal);
    // One that was frozen may still be writing there: what remains is for the next who comes.
    await store.remove(`_tmp/${host}`).catch(() => undefined);
    await store.remove(renewalPath(host));
    done.add(host);
  }
}

/** Publishes what stands and is not published yet, of one host or of any. */
export async function publishDecided(store: Store, { state }: Journal, host?: string): Promise<void> {
  for (const decision of [...state.standing.values()]) {
    if ((host ?? decision.host) === decision.host) {
      await publishCommit(store, decision);
    }
  }
}

async function removeReplaced(store: Store, { state }: Journal): Promise<void> {
  for (const decision of state.decisions) {
    const { stage, part } = decision.commit;
    if (state.standing.get(partKey(stage, part)) !== decision) {
      await removeCommit(store, decision);
    }
  }
}
