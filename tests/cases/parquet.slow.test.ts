import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { recycle, runRecipe } from '@repro/sdk';
import { expect, it } from 'vitest';
import { everyStage, openProject } from './test-run.ts';

/** A project whose pages are parquet files, each the result of some SQL. */
async function openParquetProject(files: Readonly<Record<string, string>>) {
  const project = await openProject({});
  await mkdir(join(project.folder, 'pages'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  for (const [name, sql] of Object.entries(files)) {
    await connection.run(`COPY (${sql}) TO '${join(project.folder, 'pages', name)}' (FORMAT parquet)`);
  }
  connection.closeSync();
  instance.closeSync();
  const dataset = { use: 'parquet', path: join(project.folder, 'pages/*.parquet'), id: 'id' };
  return { ...project, open: (recipe: object = {}) => project.open({ dataset, ...recipe }) };
}

it('D03: a column that is null in one file and a text in the next is read from both', async () => {
  const project = await openParquetProject({
    'p0.parquet': `SELECT 'n' || i AS id, 't' || i AS text, NULL AS lang, {'url': NULL} AS meta FROM range(1000) r(i)`,
    'p1.parquet': `SELECT 'z' AS id, 'last' AS text, 'de' AS lang, {'url': 'https://example.org/p'} AS meta`,
  });
  await using session = await project.open(everyStage);
  expect((await runRecipe(session)).stages).toMatchObject({ recycle: { documents: { in: 1001, written: 1001 } } });
  const records = await project.kept(session);
  expect(records[0]?.metadata).toEqual({ id: 'n0', lang: null, meta: { url: null } });
  expect(records[1000]?.metadata).toEqual({ id: 'z', lang: 'de', meta: { url: 'https://example.org/p' } });
  expect(await project.query('select count(*) from ledger')).toEqual([[1001]]);
  await project.verify();
});

it('D06: nested columns come back as they were, whatever their keys are called', async () => {
  const project = await openParquetProject({
    'a.parquet': `SELECT '1' AS id, 't' AS text, {'__proto__': {'x': 1}, 'constructor': 'c'} AS odd,
      MAP {} AS empty, [NULL, [1], []] AS nested, 123456789012345678 AS big`,
  });
  await using session = await project.open();
  await recycle(session);
  const [record] = await project.records(session);
  expect(Object.keys(record?.metadata.odd as object)).toEqual(['__proto__', 'constructor']);
  expect(record?.metadata).toMatchObject({ empty: [], nested: [null, [1], []], big: 123456789012345678n });
  expect(({} as { x?: number }).x).toBeUndefined();
  await project.verify();
});

it('D09: timestamps keep their digits and their unit, texts that look like dates stay texts', async () => {
  const project = await openParquetProject({
    'ts.parquet': `SELECT 'a' AS id, 't' AS text, '03-02-2021' AS d, '00123' AS zip,
      TIMESTAMPTZ '2024-01-05 10:00:00.123456+00' AS seen, TIMESTAMP_S '1960-01-01' AS old`,
  });
  await using session = await project.open(everyStage);
  await runRecipe(session);
  expect(await project.kept(session)).toHaveLength(1);
  expect(
    await project.query(`select metadata->>'seen', metadata->>'old', metadata->>'d', metadata->>'zip' from records`),
  ).toEqual([['2024-01-05T10:00:00.123456Z', '1960-01-01T00:00:00Z', '03-02-2021', '00123']]);
});
