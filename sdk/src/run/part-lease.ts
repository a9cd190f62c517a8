import { setTimeout as sleep } from 'node:timers/promises';
import type { Hosts } from './hosts.ts';
import { partKey } from './journal.ts';
import type { Store } from './store.ts';

/** How long a takeover waits to see whether another host took over at the same moment. */
const settleMilliseconds = 50;

/**
 * Takes a part for this host, in `<stage>/part-00012.lease`; undefined while another one works on it. It saves double
 * work and no more: should two hosts finish the same part, the journal takes the first. Disposing gives the part back.
 */
export async function takePart(
  store: Store,
  hosts: Hosts,
  stage: string,
  part: number,
): Promise<AsyncDisposable | undefined> {
  const path = `${partKey(stage, part)}.lease`;
  const holder = async () => (await store.read(path))?.toString();
  while (!(await store.createExclusively(path, hosts.id))) {
    const other = await holder();
    if (other === undefined) {
      continue;
    }
    if (other !== hosts.id && (await hosts.isHere(other))) {
      return undefined;
    }
    await store.write(path, hosts.id);
    await sleep(settleMilliseconds);
    if ((await holder()) !== hosts.id) {
      return undefined;
    }
    break;
  }
  return {
    async [Symbol.asyncDispose]() {
      if ((await holder()) === hosts.id) {
        await store.remove(path);
      }
    },
  };
}
