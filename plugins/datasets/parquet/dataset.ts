import { defineDataset } from '@repro/sdk/contract';
import { z } from 'zod';
import { expectShard } from '../expect-shard.ts';
import { listShardFiles } from '../list-shard-files.ts';
import { expectSameShards, readManifest } from '../read-manifest.ts';
import { openParquetFile } from './open-parquet-file.ts';
import { readRecord } from './read-record.ts';
import { readRows } from './read-rows.ts';
import { verifyPages } from './verify-pages.ts';

const pattern = z.string().min(1).meta({ format: 'path' });

const Config = z.strictObject({
  /** Files or globs. The name of a shard is its path below the part of the glob that has no wildcard. */
  path: z.union([pattern, z.array(pattern).min(1)]),
  /** Column that holds the page. */
  text: z.string().min(1).default('text'),
  /** Column that holds the id, a string or an integer. Rows without one get an id from their shard and row. */
  id: z.string().min(1).optional(),
  /** A row whose texts and binaries have more bytes together is quarantined. 16 MiB is far above any web page. */
  maxRecordBytes: z
    .int()
    .min(1)
    .default(16 * 1024 * 1024),
  /**
   * JSON file that says what each shard should hold: `{ "part-0.parquet": { "records": 1000, "sha256": "..." }, ... }`,
   * one or both of the two. Many writers leave checksums out; nobody can then see that a byte of a page was changed.
   */
  manifest: pattern.optional(),
});

/**
 * Rows of parquet files; every file is read by the schema in its own footer. Integers, texts, booleans, structs, lists
 * and finite floats become what JSON calls them, null stays null. What JSON has no word for becomes text without loss:
 * dates and times ISO 8601 (a timestamp ends in Z, also one without a zone), decimals their digits, NaN and infinities
 * their names, UUIDs hexadecimal, binaries base64. A map is a list of `{ key, value }`.
 */
export const parquetDataset = defineDataset({
  specificationVersion: 'v1',
  kind: 'dataset',
  name: 'parquet',
  configSchema: Config,

  async doListShards({ config }) {
    const files = await listShardFiles([config.path].flat(), 'parquet');
    if (config.manifest !== undefined) {
      expectSameShards(config.manifest, await readManifest(config.manifest), files);
    }
    return files.map(({ name, version, path }) => ({
      name,
      version,
      file: { path, format: 'parquet', text: config.text, ...(config.id !== undefined && { id: config.id }) },
    }));
  },

  async *doReadShard({ name, file: source }, { fromRecord }, { config, abortSignal }) {
    if (!source) {
      throw new TypeError(`Shard "${name}" names no file; the parquet dataset lists only shards that do.`);
    }
    await using file = await openParquetFile(source.path);
    // A damaged file costs one pass over it, not the model's work on its first half.
    await verifyPages(file, abortSignal);
    const expected = config.manifest && (await readManifest(config.manifest)).get(name);
    if (expected) {
      const records = file.rowGroups.reduce((sum, { rows }) => sum + rows, 0);
      await expectShard(source.path, records, expected, abortSignal);
    }
    const { fields, columns } = file.schema;
    const textField = fields.find((field) => field.name === config.text);
    const options = {
      file: source.path,
      textField: config.text,
      isOtherType:
        textField !== undefined && !(textField.shape.kind === 'value' && columns[textField.columns[0]]?.isText),
      idField: config.id,
      maxRecordBytes: config.maxRecordBytes,
    };
    let line = fromRecord;
    for await (const row of readRows(file, fromRecord, abortSignal)) {
      line += 1;
      yield readRecord(row, line, options);
    }
  },
});
