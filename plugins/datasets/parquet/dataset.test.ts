import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseJson, stringifyJson } from '@repro/sdk/contract';
import { testDataset } from '@repro/sdk/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { parquetDataset } from './dataset.ts';
import { contextFor, metadataOf, place, readAll, testFolder, writeParquet } from './test-files.ts';

const suite = await mkdtemp(join(tmpdir(), 'parquet-suite-'));
afterAll(() => rm(suite, { recursive: true }));
await writeParquet(join(suite, 'a.parquet'), `SELECT 'one' AS text, 7 AS id UNION ALL SELECT NULL, 8`);
await writeParquet(
  join(suite, 'b.parquet'),
  `SELECT 'page ' || i AS text, i AS id, range(i % 4) AS steps FROM range(5000) r(i)`,
  'ROW_GROUP_SIZE 2048',
);
testDataset(parquetDataset, { config: { path: join(suite, '*'), id: 'id' } });

describe('values', () => {
  it('come out as JSON calls them, or as text that loses nothing', async () => {
    const path = join(await testFolder(), 'a.parquet');
    const columns: readonly (readonly [sql: string, json: string])[] = [
      ['NULL::INTEGER', 'null'],
      ['true', 'true'],
      ['(-128)::TINYINT', '-128'],
      ['255::UTINYINT', '255'],
      ['4294967295::UINTEGER', '4294967295'],
      ['9007199254740991', '9007199254740991'],
      ['9007199254740993', '9007199254740993'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['18446744073709551615::UBIGINT', '18446744073709551615'],
      ['1.50::DECIMAL(4,2)', '"1.50"'],
      ['(-0.07)::DECIMAL(18,2)', '"-0.07"'],
      ['12345678901234567890123456789012345.678::DECIMAL(38,3)', '"12345678901234567890123456789012345.678"'],
      ['0.1::DOUBLE', '0.1'],
      ['0.5::FLOAT', '0.5'],
      [`'NaN'::DOUBLE`, '"NaN"'],
      [`'-inf'::FLOAT`, '"-Infinity"'],
      [`TIMESTAMP '2024-01-05 10:00:00.123456'`, '"2024-01-05T10:00:00.123456Z"'],
      [`TIMESTAMPTZ '2024-01-05 10:00:00.5+02'`, '"2024-01-05T08:00:00.500000Z"'],
      [`TIMESTAMP_S '1960-01-01'`, '"1960-01-01T00:00:00Z"'],
      [`TIMESTAMP_MS '1960-01-01 00:00:00.007'`, '"1960-01-01T00:00:00.007Z"'],
      [`TIMESTAMP_NS '2024-01-05 10:00:00.123456789'`, '"2024-01-05T10:00:00.123456789Z"'],
      [`DATE '0001-02-03'`, '"0001-02-03"'],
      [`DATE '12024-02-03'`, '"+012024-02-03"'],
      [`TIME '23:59:59.000001'`, '"23:59:59.000001"'],
      [`INTERVAL '14 months 3 days 1500 milliseconds'`, '"P14M3DT1.500S"'],
      [`'0A1B2C3D4E5F60718293A4B5C6D7E8F9'::UUID`, '"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"'],
      [`'0A1B2C3D4E5F60718293A4B5C6D7E8F9'`, '"0A1B2C3D4E5F60718293A4B5C6D7E8F9"'],
      [`'03-02-2021'`, '"03-02-2021"'],
      [`'{"b": 1,  "a": 1.0}'::JSON`, '"{\\"b\\": 1,  \\"a\\": 1.0}"'],
      [`'\\xFF\\x00a'::BLOB`, '"/wBh"'],
      ['[1, NULL, 9007199254740993]', '[1,null,9007199254740993]'],
      ['[]::INTEGER[]', '[]'],
      ['[[], NULL, [1, 2]]::INTEGER[][]', '[[],null,[1,2]]'],
      [`{'a': 1, 'b': {'c': NULL::VARCHAR}}`, '{"a":1,"b":{"c":null}}'],
      [`[{'a': ['x']}, NULL, {'a': []}]`, '[{"a":["x"]},null,{"a":[]}]'],
      [`MAP {'k': 1, '__proto__': NULL}`, '[{"key":"k","value":1},{"key":"__proto__","value":null}]'],
      [`{'__proto__': {'x': 1}, 'constructor': 'c'}`, '{"__proto__":{"x":1},"constructor":"c"}'],
    ];
    const selected = columns.map(([sql], index) => `${sql} AS c${index}`).join(', ');
    await writeParquet(path, `SELECT 't' AS text, ${selected}`);
    const metadata = metadataOf((await readAll(path))[0]);
    expect(Object.values(metadata).map((value, index) => `${columns[index]?.[0]} ${stringifyJson(value)}`)).toEqual(
      columns.map((column) => column.join(' ')),
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('of every type that pyarrow writes are those of its own to_pylist', async () => {
    const records = await readAll(new URL('./test-pyarrow.parquet', import.meta.url).pathname, { id: 'id' });
    const expected = await readFile(new URL('./test-pyarrow.jsonl', import.meta.url), 'utf8');
    const rows = expected.trimEnd().split('\n').map(parseJson);
    expect(records.map(metadataOf)).toEqual(rows);
  });
});

describe('files', () => {
  it('are each read by their own schema', async () => {
    const folder = await testFolder();
    await writeParquet(join(folder, '0.parquet'), `SELECT 'a' AS text, NULL::VARCHAR AS lang, 1 AS views`);
    await writeParquet(join(folder, '1.parquet'), `SELECT 'many' AS views, 'b' AS text`);
    await writeParquet(join(folder, '2.parquet'), `SELECT 'c' AS text, 'de' AS lang, {'url': 'u'} AS meta`);
    await writeParquet(join(folder, '3.parquet'), `SELECT 3 AS text, 'de' AS lang`);
    await writeParquet(join(folder, '4.parquet'), `SELECT 'd' AS body`);
    expect(await readAll(join(folder, '*.parquet'))).toMatchObject([
      { text: 'a', metadata: { lang: null, views: 1 } },
      { text: 'b', metadata: { views: 'many' } },
      { text: 'c', metadata: { lang: 'de', meta: { url: 'u' } } },
      { outcome: 'bad', code: 'missing-text', reason: 'column "text" is no column of texts in this file' },
      { outcome: 'bad', code: 'missing-text', reason: 'field "text" is missing; the record has "body"' },
    ]);
  });

  it('are known by their first bytes, not by their names', async () => {
    const folder = await testFolder();
    const path = join(folder, 'pages.jsonl.gz');
    await writeParquet(path, `SELECT 'a' AS text`);
    expect(await readAll(path)).toMatchObject([{ text: 'a' }]);
    const others: readonly (readonly [string | Uint8Array, RegExp])[] = [
      ['', /begins with ""/],
      ['PAR1', /cut off before its footer/],
      ['{"text":"a"}\n', /begins with "{\\"te", not "PAR1"/],
      [gzipSync(await readFile(path)), /no parquet that can be read/],
      [`PARE${'x'.repeat(20)}PARE`, /its footer is encrypted/],
    ];
    for (const [bytes, problem] of others) {
      const other = await place(folder, 'other.parquet', bytes);
      await expect(readAll(other)).rejects.toMatchObject({ code: 'REPRO_UNREADABLE_SHARD', file: other });
      await expect(readAll(other)).rejects.toThrow(problem);
    }
  });

  it('without rows are shards without records', async () => {
    const path = join(await testFolder(), 'a.parquet');
    await writeParquet(path, `SELECT 'a' AS text WHERE false`);
    expect(await readAll(path)).toEqual([]);
  });

  it('of every compression and both versions of data pages give the same rows', async () => {
    const folder = await testFolder();
    const sql = `SELECT repeat('page ', i % 9) || i AS text, CASE WHEN i % 3 > 0 THEN i * i END AS n, range(i % 3) AS l
      FROM range(3000) r(i)`;
    const texts: string[] = [];
    for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
      for (const version of ['V1', 'V2']) {
        const path = join(folder, `${codec}-${version}.parquet`);
        await writeParquet(path, sql, `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`);
        texts.push(stringifyJson(await readAll(path).then((records) => records.map(metadataOf))));
      }
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('{"n":4,"l":[0,1]},{"n":null,"l":[]}');
  });

  it('that are gone after they were listed are said to be, and reading stops when aborted', async () => {
    const path = join(await testFolder(), 'a.parquet');
    await writeParquet(path, `SELECT 'a' AS text`);
    const [shard] = await parquetDataset.doListShards(await contextFor({ path }));
    const readListed = async (signal?: AbortSignal) =>
      Array.fromAsync(
        parquetDataset.doReadShard(shard as never, { fromRecord: 0 }, await contextFor({ path }, signal)),
      );
    await expect(readListed(AbortSignal.abort())).rejects.toThrow(/abort/i);
    await rename(path, `${path}.moved`);
    await expect(readListed()).rejects.toThrow(/cannot be opened: ENOENT/);
  });
});

describe('bad rows', () => {
  it('are quarantined with file and row, and their neighbours are not', async () => {
    const path = join(await testFolder(), 'a.parquet');
    const texts = [`'one'`, 'NULL', `'two'`, `repeat('long', 100)`, `'three'`];
    const rows = texts.map((text, index) => `SELECT 'id-${index}' AS id, ${text} AS text`);
    await writeParquet(path, rows.join(' UNION ALL '));
    const records = await readAll(path, { id: 'id', maxRecordBytes: 300 });
    expect(records.map((record) => (record.outcome === 'bad' ? record.code : record.text))).toEqual([
      'one',
      'missing-text',
      'two',
      'too-large',
      'three',
    ]);
    expect(records[1]).toEqual({
      outcome: 'bad',
      code: 'missing-text',
      reason: 'field "text" holds null, not a string',
      file: path,
      line: 2,
      id: 'id-1',
    });
    expect(records[3]).toMatchObject({ line: 4, reason: 'the row has 404 bytes of text, maxRecordBytes is 300' });
  });

  it.each(['COMPRESSION uncompressed', 'COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1'])(
    'may hold what is no UTF-8, in any column (%s)',
    async (options) => {
      const folder = await testFolder();
      const path = join(folder, 'a.parquet');
      const rows = ['one', 'tw#o', 'three', 'four'].map(
        (text, index) => `SELECT '${text}' AS text, {'title': '${index === 2 ? 'ti#tle' : 'fine'}'} AS meta`,
      );
      await writeParquet(path, rows.join(' UNION ALL '), options);
      const bytes = await readFile(path);
      for (let at = bytes.indexOf('#'); at !== -1; at = bytes.indexOf('#', at)) {
        bytes[at] = 0xff;
      }
      const records = await readAll(await place(folder, 'a.parquet', bytes));
      expect(records).toMatchObject([
        { text: 'one' },
        { outcome: 'bad', code: 'bad-utf8', line: 2, reason: 'column "text" holds no UTF-8 at byte 2 of its text' },
        {
          outcome: 'bad',
          code: 'bad-utf8',
          line: 3,
          reason: 'column "meta.title" holds no UTF-8 at byte 2 of its text',
        },
        { text: 'four' },
      ]);
    },
  );
});

describe('damaged files', () => {
  it('are refused before their first row, with file and byte', async () => {
    const folder = await testFolder();
    const path = join(folder, 'a.parquet');
    await writeParquet(
      path,
      `SELECT 'page ' || i AS text FROM range(4000) r(i)`,
      'COMPRESSION zstd, ROW_GROUP_SIZE 2048',
    );
    const bytes = await readFile(path);
    for (const damaged of [bytes.subarray(0, bytes.length >> 1), bytes.subarray(0, -1), bytes.subarray(1)]) {
      const other = await place(folder, 'b.parquet', damaged);
      const context = await contextFor({ path: other });
      const [shard] = await parquetDataset.doListShards(context);
      const records = parquetDataset.doReadShard(shard as never, { fromRecord: 0 }, context)[Symbol.asyncIterator]();
      await expect(records.next()).rejects.toMatchObject({
        code: 'REPRO_UNREADABLE_SHARD',
        file: other,
        byte: expect.any(Number),
      });
    }
  });

  it('are refused when the footer promises other rows than there are', async () => {
    const folder = await testFolder();
    const path = join(folder, 'a.parquet');
    await writeParquet(path, `SELECT 'page ' || i AS text FROM range(50) r(i)`);
    const bytes = await readFile(path);
    // 50 as a field of 64 bits, in the footer: rows of the file, rows of the row group, values of the column.
    const places: number[] = [];
    for (let at = bytes.indexOf('1664', 0, 'hex'); at !== -1; at = bytes.indexOf('1664', at + 1, 'hex')) {
      places.push(at + 1);
    }
    expect(places).toHaveLength(3);
    for (const changed of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
      for (const rows of [0, 49, 51, 63]) {
        const other = Buffer.from(bytes);
        for (const index of changed) {
          other[places[index] ?? 0] = 2 * rows;
        }
        const damaged = await place(folder, 'b.parquet', other);
        await expect(readAll(damaged), `${rows} at ${changed}`).rejects.toMatchObject({ file: damaged });
      }
    }
  });

  it('that are whole but not what their manifest says are refused', async () => {
    const folder = await testFolder();
    const path = join(folder, 'a.parquet');
    await writeParquet(path, `SELECT 'page ' || i AS text FROM range(50) r(i)`);
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const readBeside = async (expected: object) =>
      readAll(path, { manifest: await place(folder, 'manifest.json', JSON.stringify({ 'a.parquet': expected })) });
    expect(await readBeside({ records: 50, sha256 })).toHaveLength(50);
    await expect(readBeside({ records: 51 })).rejects.toMatchObject({ code: 'REPRO_SHARD_DIFFERS', found: 50 });
    await expect(readBeside({ sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'REPRO_SHARD_DIFFERS' });
  });
});
