import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringifyJson } from '../contract/json-text.ts';
import { commitPart } from './commit-part.ts';
import { openPartLog } from './part-log.ts';
import { queryRun } from './query-run.ts';
import type { PartEntry } from './rows.ts';
import type { RunFolder } from './run-folder.ts';
import { quarantinedEntry, recycledContent, scoredContent, scoredEntry, writtenEntry } from './test-entries.ts';
import { testRun } from './test-run.ts';

async function queriedRun(): Promise<RunFolder> {
  const run = await testRun();
  const entries = [writtenEntry('a', 1), quarantinedEntry('a', 2), writtenEntry('a', 3)];
  await commitPart(run, 'recycle', 0, recycledContent('a', entries));
  await commitPart(run, 'score', 0, scoredContent('a', [scoredEntry('a', 1), scoredEntry('a', 3)]));
  return run;
}

describe('queryRun', () => {
  it('answers over the views with exact values', async () => {
    const run = await queriedRun();
    expect(await queryRun(run.folder, 'select outcome, count(*) as n from ledger group by 1 order by 1')).toEqual({
      columns: [
        { name: 'outcome', type: 'VARCHAR' },
        { name: 'n', type: 'BIGINT' },
      ],
      rows: [
        ['fell-back', 2],
        ['rephrased', 2],
      ],
    });
    const { rows } = await queryRun(run.folder, 'select document_id, line, length, tone from documents order by line');
    expect(rows).toEqual([
      ['a:1', 1, 0.1, null],
      ['a:3', 3, 0.3, null],
    ]);
    const records = await queryRun(
      run.folder,
      `select id, text, metadata->>'big', shard, line from records where id = 'a:3'`,
    );
    expect(records.rows).toEqual([['a:3', 'text of a:3', '12345678901234567890', 'a', 3]]);
    const scores = await queryRun(
      run.folder,
      `select reward, value, reason, details from scores where record_id = 'a:1'`,
    );
    expect(scores.rows).toEqual([
      ['length', 0.1, null, '{"odd":{"__proto__":[]}}'],
      ['tone', null, 'judge gave no verdict', null],
    ]);
    const quarantine = await queryRun(run.folder, 'select * from quarantine');
    expect(quarantine.rows).toEqual([[null, 'a', 2, 200, 'bad-json', 'no closing brace']]);
  });

  it('has all views with their columns before anything is committed', async () => {
    const run = await testRun();
    for (const view of ['ledger', 'documents', 'records', 'scores', 'quarantine']) {
      const { columns, rows } = await queryRun(run.folder, `select * from ${view}`);
      expect(columns.length).toBeGreaterThan(4);
      expect(rows).toEqual([]);
    }
  });

  it('gives a view the same columns before and after the first commit', async () => {
    const before = await testRun();
    const after = await queriedRun();
    for (const view of ['ledger', 'records', 'scores', 'quarantine']) {
      const [empty, full] = await Promise.all(
        [before, after].map((run) => queryRun(run.folder, `from ${view} limit 0`)),
      );
      expect(full?.columns).toEqual(empty?.columns);
    }
  });

  it('sees no part that is in progress or damaged', async () => {
    const run = await queriedRun();
    await using log = await openPartLog(run, 'recycle', 1, { stageKey: 'k', input: 'i' });
    await log.append(1, 'x');
    await run.store.write('score/part-00000.scores.parquet', 'cut');
    expect((await queryRun(run.folder, 'select count(*) from scores')).rows).toEqual([[0]]);
    expect((await queryRun(run.folder, 'select count(*) from documents')).rows).toEqual([[2]]);
  });

  it('keeps texts that look like dates, numbers and UUIDs as they are', async () => {
    const run = await testRun();
    const metadata = {
      d: '03-02-2021',
      seen: '2024-01-05T10:00:00Z',
      u: '0A1B2C3D4E5F60718293A4B5C6D7E8F9',
      zip: '00123',
    };
    const record = {
      id: '00123',
      text: '2021-02-03',
      metadata,
      source: { shard: 'a', line: 1 },
      rephrasedShare: 0,
      method: 'test',
    };
    const entry = writtenEntry('a', 1);
    const document = { ...entry.document, documentId: '00123' };
    const ledger = entry.ledger?.map((row) => ({ ...row, documentId: '00123', reason: '2024-01-05' }));
    const entries = [{ ...entry, document, ledger, records: [stringifyJson(record)] } as PartEntry];
    await commitPart(run, 'recycle', 0, recycledContent('a', entries));
    const { rows } = await queryRun(run.folder, 'select id, text, metadata, document_id from records');
    expect(rows).toEqual([['00123', '2021-02-03', stringifyJson(metadata), '00123']]);
    expect((await queryRun(run.folder, 'select distinct reason from ledger')).rows).toEqual([['2024-01-05']]);
  });

  it('reads a reason that is null a thousand times and then a text', async () => {
    const run = await testRun();
    const entries = Array.from({ length: 1001 }, (_, index) => {
      const entry = writtenEntry('a', index + 1);
      const reason = index === 1000 ? 'echo' : undefined;
      return { ...entry, ledger: entry.ledger?.map((row) => ({ ...row, reason })) };
    });
    await commitPart(run, 'recycle', 0, recycledContent('a', entries));
    const { rows } = await queryRun(run.folder, 'select reason, count(*) from ledger group by 1 order by 2');
    expect(rows).toEqual([
      ['echo', 2],
      [null, 2000],
    ]);
  });

  it('gives large, nested and special values without loss', async () => {
    const run = await testRun();
    const sql = `select 9007199254740993::bigint, 12345678901234567890123::hugeint, 1.50::decimal(4,2), [1, null], {'a': {'b': 2}},
      map {'k': 1}, timestamp '2024-01-05 10:00:00.123456', 'nan'::double, true, 'a'::blob`;
    const { rows } = await queryRun(run.folder, sql);
    expect(rows).toEqual([
      [
        9007199254740993n,
        12345678901234567890123n,
        1.5,
        [1, null],
        { a: { b: 2 } },
        [{ key: 'k', value: 1 }],
        '2024-01-05 10:00:00.123456',
        'NaN',
        true,
        'a',
      ],
    ]);
  });

  it('refuses bad SQL, whatever writes, and whatever looks outside the run', async () => {
    const run = await queriedRun();
    const refused = [
      'select * from nowhere',
      'selekt 1',
      '',
      'select 1; select 2',
      `copy (select 1) to '${run.folder}/x.csv'`,
      `attach '${run.folder}/x.duckdb' as x`,
      `export database '${run.folder}/x'`,
      'create table x as select 1',
      `explain analyze copy (select 1) to '${run.folder}/x.csv'`,
      `select * from read_text('/etc/hostname')`,
      `select * from read_csv('https://example.org/x.csv')`,
      'set enable_external_access = true',
      'install httpfs',
    ];
    for (const sql of refused) {
      await expect(queryRun(run.folder, sql)).rejects.toMatchObject({ code: 'REPRO_QUERY', sql });
    }
    expect((await run.store.list('.')).filter((name) => name.startsWith('x'))).toEqual([]);
    await expect(queryRun(run.folder, 'select lin from ledger')).rejects.toThrow(/"lin" not found.*"line"/s);
  });

  it('reads nothing outside the run, whatever the path looks like', async () => {
    const run = await queriedRun();
    await writeFile(join(run.folder, '..', 'secret.txt'), 'secret');
    await symlink('../secret.txt', join(run.folder, 'link'));
    const inside = (file: string) => `${run.folder}/${file}`;
    const paths = ['package.json', ...['../secret.txt', 'logs/../../secret.txt', '/../secret.txt', 'link'].map(inside)];
    const readers = ['read_blob', 'read_csv', 'read_json', 'read_parquet', 'parquet_metadata', 'sniff_csv', 'glob'];
    for (const sql of [
      ...paths.map((path) => `from read_text('${path}')`),
      ...readers.map((reader) => `from ${reader}('/etc/hostname')`),
    ]) {
      await expect(queryRun(run.folder, sql)).rejects.toThrow(/Permission Error/);
    }
    for (const sql of [
      `select * from read_duckdb('/etc/hostname')`,
      `from query('from read_text(''/etc/hostname'')')`,
      `from json_execute_serialized_sql(json_serialize_sql('from read_text(''/etc/hostname'')'))`,
      `from 's3://bucket/x.parquet'`,
      `select * from '${run.folder}/../secret.txt'`,
      `select getenv('HOME')`,
    ]) {
      await expect(queryRun(run.folder, sql)).rejects.toMatchObject({ code: 'REPRO_QUERY' });
    }
    expect((await queryRun(run.folder, `select format from read_json('${run.folder}/run.json')`)).rows).toHaveLength(1);
  });

  it('writes nothing, into the run or elsewhere, with what a SELECT can call', async () => {
    const run = await queriedRun();
    const parent = join(run.folder, '..');
    const before = await readdir(parent, { recursive: true });
    for (const folder of [run.folder, parent]) {
      for (const sql of [
        `from query('copy (select 1) to ''${folder}/x.csv''')`,
        `from query('attach ''${folder}/x.duckdb''')`,
        `from read_duckdb('${folder}/x.duckdb')`,
        `select write_log('x') from enable_logging(level = 'trace', storage = 'file', storage_path = '${folder}/x')`,
        `select count(*) from range(9), enable_profiling(format = 'json', save_location = '${folder}/x.json')`,
        'from checkpoint()',
      ]) {
        await queryRun(run.folder, sql).catch((error) => expect(error).toMatchObject({ code: 'REPRO_QUERY' }));
      }
    }
    expect(await readdir(parent, { recursive: true })).toEqual(before);
  });

  it('says that a folder is no run', async () => {
    const run = await testRun();
    await expect(queryRun(join(run.folder, 'logs'), 'select 1')).rejects.toMatchObject({ code: 'REPRO_RUN_NOT_FOUND' });
  });
});
