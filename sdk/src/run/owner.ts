import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';

/** One process on one machine since one boot: enough to tell later whether it still runs. */
export const Owner = z.object({
  host: z.string(),
  pid: z.int(),
  /** Clock ticks after boot; a pid is used again, this pair is not. */
  startedAtTicks: z.string(),
  bootId: z.string(),
  /** A pid means nothing in another container of the same machine. */
  pidNamespace: z.string(),
});
export type Owner = z.infer<typeof Owner>;

export async function thisOwner(): Promise<Owner> {
  const [bootId, pidNamespace, state] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/pid'),
    readProcess(process.pid),
  ]);
  const startedAtTicks = state === undefined || state === 'unreadable' ? '0' : state.startedAtTicks;
  return { host: hostname(), pid: process.pid, startedAtTicks, bootId: bootId.trim(), pidNamespace };
}

/** Whether the process runs; `unknown` when it belongs to a machine or container that cannot be seen from here. */
export async function stateOfOwner(owner: Owner): Promise<'alive' | 'dead' | 'unknown'> {
  const here = await thisOwner();
  if (owner.bootId !== here.bootId || owner.pidNamespace !== here.pidNamespace) {
    return 'unknown';
  }
  const found = await readProcess(owner.pid);
  if (found === 'unreadable') {
    return 'unknown';
  }
  // Z and X: killed, and only waiting for its parent to notice.
  const runs = found !== undefined && found.startedAtTicks === owner.startedAtTicks && !/[ZXx]/.test(found.state);
  return runs ? 'alive' : 'dead';
}

export function describeOwner({ host, pid }: Owner): string {
  return `process ${pid} on ${host}`;
}

/** Undefined when there is no such process. */
async function readProcess(
  pid: number,
): Promise<{ readonly state: string; readonly startedAtTicks: string } | 'unreadable' | undefined> {
  let line: string;
  try {
    line = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' || code === 'ESRCH' ? undefined : 'unreadable';
  }
  // The second field is the command in parentheses and may hold anything; fields 3 (state) and 22 (start) follow it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startedAtTicks: fields[19] ?? '' };
}
