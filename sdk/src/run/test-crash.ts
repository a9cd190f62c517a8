import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { queryRun } from './query-run.ts';
import { verifyRun } from './verify-run.ts';

const writer = new URL('./test-writer.ts', import.meta.url).pathname;

export interface WriterEnd {
  readonly code: number | null;
  readonly stderr: string;
}

export interface WriterOptions {
  /** `a`, `b` and `c`. */
  readonly shards?: readonly string[];
  /** strace, for a fault at a certain call. */
  readonly prefix?: readonly string[];
  readonly killAfterMilliseconds?: number;
  /** Flags of Node, for a program that is not quite ours. */
  readonly nodeFlags?: readonly string[];
}

/** Runs `test-writer.ts` on a folder of runs, and kills it after a while when told so. */
export async function runWriter(
  runs: string,
  { shards = ['a', 'b', 'c'], prefix = [], killAfterMilliseconds, nodeFlags = [] }: WriterOptions = {},
): Promise<WriterEnd> {
  const node = [process.execPath, '--conditions=repro-src', ...nodeFlags, writer, runs, ...shards];
  const [command = '', ...rest] = [...prefix, ...node];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  if (killAfterMilliseconds !== undefined) {
    // From the moment it owns the run: starting Node is not what is tested.
    await Promise.race([once(child.stdout, 'data'), closed]);
    await sleep(killAfterMilliseconds);
    child.kill('SIGKILL');
  }
  const [code] = await closed;
  return { code, stderr };
}

/** Whatever is committed must be whole; a run that was killed before it existed holds nothing. */
export async function expectConsistent(runs: string): Promise<void> {
  const folder = join(runs, 'demo');
  const exists = await access(join(folder, 'run.json')).then(
    () => true,
    () => false,
  );
  if (exists) {
    await verifyRun(folder);
  }
}

/** The same command again ends the run, at once although the owner before was killed, with every id exactly once. */
export async function expectCompletes(runs: string, options: WriterOptions = {}): Promise<void> {
  const { shards = ['a', 'b', 'c'] } = options;
  expect(await runWriter(runs, options)).toEqual({ code: 0, stderr: '' });
  const folder = join(runs, 'demo');
  const summary = await verifyRun(folder);
  expect(summary).toMatchObject({
    parts: 2 * shards.length,
    documents: 20 * shards.length,
    records: 16 * shards.length,
    quarantined: 4 * shards.length,
    scores: 32 * shards.length,
    inProgress: [],
  });
  const { rows } = await queryRun(
    folder,
    'select shard, count(distinct id), min(line), max(line) from records group by 1 order by 1',
  );
  expect(rows).toEqual(shards.map((shard) => [shard, 16, 1, 19]));
}
