import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { queryRun } from '../run/query-run.ts';
import { verifyRun } from '../run/verify-run.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { readRecords } from './read-recycled.ts';
import { runRecipe } from './run-recipe.ts';
import { openTestSession, rewardOf, runFolderOf, samplePages } from './test-pages.ts';

const { reward } = rewardOf('odd', (text) => (/[13579] OF/.test(text) ? 1 : 0));
const recipe = (output?: 'parquet') => ({
  rewards: [{ use: reward }],
  recycle: output ? { output } : {},
  score: {},
  filter: { by: 'odd', keep: { atLeast: 1 } },
});

/** Runs a recipe to its end; what its run then says of itself. */
async function runOf(folder: string, output?: 'parquet', existing?: 'keep' | 'redo') {
  await using session = await openTestSession(folder, recipe(output));
  const { stages } = await runRecipe(session, { existing });
  const stagesRead = ['recycle', 'score', 'filter'] as const;
  const records = await Promise.all(stagesRead.map((stage) => Array.fromAsync(readRecords(session, stage))));
  const { rows } = await queryRun(runFolderOf(folder), 'select * from records order by shard, line');
  const kept = await queryRun(runFolderOf(folder), 'select id from kept_records order by id');
  const { parts, records: verified } = await verifyRun(runFolderOf(folder));
  return { stages, records, rows, kept: kept.rows, parts, verified };
}

const filesOf = async (folder: string, stage: string) =>
  (await readdir(join(runFolderOf(folder), stage)))
    .map((name) => name.replace(/[.]r\d+/, ''))
    .filter((name) => /^part-\d+[.](jsonl[.]zst|parquet)$/.test(name));

const pages = () => writeFolder({ 'pages/a.jsonl': samplePages(5, 'a'), 'pages/b.jsonl': samplePages(4, 'b') });

it('every stage, query and verify see the same, whether records are lines or rows', async () => {
  const [lines, rows] = [await pages(), await pages()];
  const expected = await runOf(lines);
  const found = await runOf(rows, 'parquet');
  const plain = (value: unknown) => JSON.stringify(value).replaceAll(lines, '').replaceAll(rows, '');
  expect(plain(found)).toBe(plain(expected));
  expect(found.kept).toEqual([['a1'], ['a3'], ['b1'], ['b3']]);
  expect(await filesOf(rows, 'recycle')).toEqual(['part-00000.parquet', 'part-00001.parquet']);
  expect(await filesOf(rows, 'filter')).toEqual(['part-00000.parquet', 'part-00001.parquet']);
});

it('another format is another recipe; with --keep a run has parts of both', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(5, 'a') });
  const runAgain = async (output?: 'parquet', existing?: 'keep' | 'redo') => {
    await using session = await openTestSession(folder, recipe(output));
    await runRecipe(session, { existing });
  };
  await runAgain();
  await expect(runAgain('parquet')).rejects.toMatchObject({ code: 'REPRO_EXISTING_OUTPUT' });
  await writePages(join(folder, 'pages/b.jsonl'), samplePages(4, 'b'));
  const both = await runOf(folder, 'parquet', 'keep');
  expect(await filesOf(folder, 'recycle')).toEqual(['part-00000.jsonl.zst', 'part-00001.parquet']);
  expect(both.rows).toHaveLength(9);
  expect(both.records[2]?.map(({ id }) => id)).toEqual(['a1', 'a3', 'b1', 'b3']);
  await runAgain('parquet', 'redo');
  expect(await filesOf(folder, 'recycle')).toEqual(['part-00000.parquet', 'part-00001.parquet']);
  expect(await filesOf(folder, 'filter')).toEqual(['part-00000.parquet', 'part-00001.parquet']);
});
