import { join } from 'node:path';
import { stringifyJson } from '@repro/sdk/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { metadataOf, readAll, testFolder, writeParquet } from './test-files.ts';

// DuckDB's JSON, which carries the rows to it, has no NUL.
const text = fc.string({ unit: 'binary' }).map((any) => any.replaceAll('\0', '0'));
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 3 });

const row = fc.record({
  text,
  n: nullable(integer),
  tags: nullable(fc.array(nullable(text), { maxLength: 4 })),
  deep: nullable(
    fc.array(
      nullable(
        fc.record({
          a: nullable(fc.boolean()),
          b: nullable(fc.array(nullable(fc.array(nullable(integer), { maxLength: 3 })), { maxLength: 3 })),
        }),
      ),
      { maxLength: 3 },
    ),
  ),
});
const types =
  '[{"text":"VARCHAR","n":"BIGINT","tags":["VARCHAR"],"deep":[{"a":"BOOLEAN","b":[["BIGINT"]]}],"number":"INTEGER"}]';

it('gives back every row that DuckDB wrote, whatever its nulls, lists and encodings', async () => {
  const folder = await testFolder();
  const path = join(folder, 'a.parquet');
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 30 }),
      fc.constantFrom('uncompressed', 'snappy', 'zstd'),
      fc.constantFrom('V1', 'V2'),
      async (rows, codec, version) => {
        const numbered = rows.map((each, number) => ({ ...each, number }));
        const json = stringifyJson(numbered).replaceAll("'", "''");
        await writeParquet(
          path,
          `SELECT unnest(from_json('${json}', '${types}'), max_depth := 2)`,
          `COMPRESSION ${codec}, PARQUET_VERSION ${version}`,
        );
        const records = await readAll(path);
        // Small integers come as numbers, the others as bigint: their JSON is the same.
        expect(
          records.map((record) =>
            stringifyJson({ text: record.outcome === 'record' && record.text, ...metadataOf(record) }),
          ),
        ).toEqual(numbered.map((each) => stringifyJson(each)));
      },
    ),
    { numRuns: 40 },
  );
});
