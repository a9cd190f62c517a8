import { type Hosts, renewalPath } from './hosts.ts';
import { type Journal, partKey } from './journal.ts';
import { publishCommit, removeCommit } from './publish-commit.ts';
import type { Store } from './store.ts';

/**
 * Puts in order what hosts left behind that work no more: publishes what they had decided, throws away their unfinished
 * files, and removes what they were removing. One that said goodbye and left no files behind has done so itself. `done`
 * holds the hosts for which that has been done.
 */
export async function recoverRun(store: Store, journal: Journal, hosts: Hosts, done: Set<string>): Promise<void> {
  const { hosts: known } = await journal.read();
  let isRecovering = false;
  for (const [host, { state }] of known) {
    if (host === hosts.id || done.has(host) || (await hosts.isHere(host))) {
      continue;
    }
    if (state === 'left' && (await store.list(`_tmp/${host}`)).length === 0) {
      done.add(host);
      continue;
    }
    isRecovering = true;
    await publishDecided(store, journal, host);
    // One that was frozen may still be writing there: what remains is for the next who comes.
    await store.remove(`_tmp/${host}`).catch(() => undefined);
    await store.remove(renewalPath(host));
    done.add(host);
  }
  if (isRecovering) {
    await removeReplaced(store, journal);
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
