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

/** Runs `test-writer.ts` on a folder of runs, under `prefix` (strace) when given, and kills it after a while. */
export async function runWriter(
  runs: string,
  { prefix = [], killAfterMilliseconds }: { prefix?: readonly string[]; killAfterMilliseconds?: number } = {},
): Promise<WriterEnd> {
  const [command = '', ...rest] = [...prefix, process.execPath, '--conditions=repro-src', writer, runs];
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
export async function expectCompletes(runs: string): Promise<void> {
  expect(await runWriter(runs)).toEqual({ code: 0, stderr: '' });
  const folder = join(runs, 'demo');
  const summary = await verifyRun(folder);
  expect(summary).toMatchObject({ parts: 6, documents: 60, records: 48, quarantined: 12, scores: 96, inProgress: [] });
  const { rows } = await queryRun(
    folder,
    'select shard, count(distinct id), min(line), max(line) from records group by 1 order by 1',
  );
  expect(rows).toEqual(['a', 'b', 'c'].map((shard) => [shard, 16, 1, 19]));
}
