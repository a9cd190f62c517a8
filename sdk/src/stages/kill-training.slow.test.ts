import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verifyRun } from '../run/verify-run.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';
import { jsonLines } from './test-training.ts';

const host = fileURLToPath(new URL('./test-training-host.ts', import.meta.url));

/** Runs the host and kills it after so many dots and a moment; whether it came to its end before. */
async function runHost(folder: string, dots = Number.POSITIVE_INFINITY): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=repro-src', host, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, stderr] = [0, ''];
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.length;
    if (printed >= dots) {
      setTimeout(() => child.kill('SIGKILL'), 20 * Math.random());
    }
  });
  const [code, signal] = await once(child, 'close');
  expect([code, signal], stderr).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return signal === null;
}

const result = async (folder: string) => {
  const text = await readFile(join(runFolderOf(folder), 'train/grpo/result.json'), 'utf8');
  const { finishedAt: _time, ...rest } = JSON.parse(text);
  return rest;
};

const kills = 20;

it(`a host killed ${kills} times in its training ends with what one that was left alone ends with`, async () => {
  const files = { 'pages/a.jsonl': samplePages(12) };
  const [alone, killed] = [await writeFolder(files), await writeFolder(files)];
  expect(await runHost(alone)).toBe(true);
  for (let kill = 0; kill < kills; kill += 1) {
    await runHost(killed, 1 + Math.floor(30 * Math.random()));
  }
  expect(await runHost(killed)).toBe(true);
  expect(await result(killed)).toEqual(await result(alone));
  const run = runFolderOf(killed);
  expect(await verifyRun(run)).toMatchObject({ trainings: 1, inProgress: [] });
  expect((await readdir(join(run, 'train/model'))).sort()).toEqual([
    'config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  const metrics = await jsonLines(join(run, 'metrics.jsonl'));
  const told = metrics.map(({ type, step }) => `${type} ${step}`);
  expect(told).toEqual(
    (await jsonLines(join(runFolderOf(alone), 'metrics.jsonl'))).map(({ type, step }) => `${type} ${step}`),
  );
}, 600_000);
