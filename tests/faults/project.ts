import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';

/** The command line. */
export const cli = fileURLToPath(new URL('../../sdk/bin/repro.js', import.meta.url));
const shards = 4;
const pagesPerShard = 40;

interface RewardFiles {
  /** Of the recipe. */
  readonly entry: string;
  /** By name. */
  readonly files: Readonly<Record<string, string>>;
}

const slowReward: RewardFiles = {
  entry: '{ use: python, file: ./slow.py, function: score, weight: 1 }',
  files: {
    'slow.py':
      'import time\n\n\ndef score(samples):\n    time.sleep(0.05 * len(samples))\n    return [0.5 for _ in samples]\n',
  },
};

/** A project whose reward takes its time, in a worker of its own, or one with another reward. */
export async function slowProject({ entry, files } = slowReward): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-faults-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'pages'));
  for (let shard = 0; shard < shards; shard += 1) {
    const pages = Array.from({ length: pagesPerShard }, (_, page) => ({
      id: `${shard}-${page}`,
      text: `Page ${page}.`,
    }));
    await writeFile(join(folder, `pages/${shard}.jsonl`), pages.map((page) => `${JSON.stringify(page)}\n`).join(''));
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  await writeFile(
    join(folder, 'recipe.yaml'),
    `name: slow
seed: 1
dataset: { use: jsonl, path: ./pages/*.jsonl, id: id }
rephraser: { use: identity }
rewards: [${entry}]
recycle: {}
score: {}
`,
  );
  return folder;
}

export const repro = (folder: string, ...words: readonly string[]) =>
  execa(process.execPath, [cli, ...words], { cwd: folder, reject: false });

export const startRun = (folder: string) => repro(folder, 'run', 'recipe.yaml');

/** Every page and score is there once, and nothing is damaged. */
export async function expectWhole(folder: string): Promise<void> {
  expect(await repro(folder, 'verify', 'runs/slow')).toMatchObject({ exitCode: 0 });
  const sql = 'select id, count(*) as n, count(value) as scored from records join scores on id = record_id group by 1';
  const { stdout } = await repro(folder, 'query', 'runs/slow', sql, '--json');
  const { rows } = JSON.parse(stdout).data as { rows: readonly [string, number, number][] };
  const ids = Array.from({ length: shards }, (_, shard) =>
    Array.from({ length: pagesPerShard }, (_, page) => `${shard}-${page}`),
  ).flat();
  expect(rows.toSorted().map(([id, n, scored]) => [id, Number(n), Number(scored)])).toEqual(
    ids.toSorted().map((id) => [id, 1, 1]),
  );
}
