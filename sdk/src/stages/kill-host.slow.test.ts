import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { queryRun } from '../run/query-run.ts';
import { verifyRun } from '../run/verify-run.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';

const host = fileURLToPath(new URL('./test-host.ts', import.meta.url));

/** Runs the host and kills it when what it has printed asks for it; true when it came to its end before. */
async function runHost(folder: string, isEnough: (printed: string) => boolean = () => false): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=repro-src', host, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
    if (isEnough(printed)) {
      child.kill('SIGKILL');
    }
  });
  const [code, signal] = await once(child, 'close');
  expect([code, signal], stderr).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return signal === null;
}

const kills = 25;
const pagesPerShard = 150;

it(`a host killed ${kills} times goes on each time and ends with every page once`, async () => {
  const shards = ['a', 'b', 'c'].map((name) => samplePages(pagesPerShard, name));
  const folder = await writeFolder(
    Object.fromEntries(shards.map((pages, index) => [`pages/${'abc'[index]}.jsonl`, pages])),
  );
  // Pages and their scores tell their progress, those that are only found again too.
  const stepsEach = (2 * 3 * pagesPerShard) / (kills + 1);
  for (let kill = 0; kill < kills; kill++) {
    const steps = 1 + Math.floor(2 * stepsEach * Math.random());
    await runHost(folder, (printed) => printed.length >= steps);
  }
  // And once between the parts of `filter`.
  await runHost(folder, (printed) => printed.includes('f'));
  expect(await runHost(folder)).toBe(true);
  const run = runFolderOf(folder);
  expect(await verifyRun(run)).toMatchObject({ parts: 9, documents: 3 * pagesPerShard, inProgress: [] });
  const ids = shards
    .flat()
    .map(({ id }) => id)
    .toSorted();
  const { rows } = await queryRun(run, 'select id from records order by id');
  expect(rows.flat()).toEqual(ids);
  const kept = await queryRun(run, "select record_id from filter where outcome = 'kept' order by 1");
  expect(kept.rows.flat()).toEqual(ids.slice(0, Math.round(ids.length / 2)));
}, 600_000);
