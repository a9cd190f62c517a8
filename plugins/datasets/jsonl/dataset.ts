import { defineDataset } from '@repro/sdk/contract';
import { z } from 'zod';
import { listShardFiles } from '../list-shard-files.ts';
import { expectSameShards, readManifest } from '../read-manifest.ts';
import { checkFile } from './check-file.ts';
import { readBytes } from './read-bytes.ts';
import { readRecord } from './read-record.ts';
import { splitLines } from './split-lines.ts';

const pattern = z.string().min(1).meta({ format: 'path' });

const Config = z.strictObject({
  /** Files or globs. The name of a shard is its path below the part of the glob that has no wildcard. */
  path: z.union([pattern, z.array(pattern).min(1)]),
  /** Field that holds the page. */
  text: z.string().min(1).default('text'),
  /** Field that holds the id, a string or an integer. Records without one get an id from their shard and line. */
  id: z.string().min(1).optional(),
  /** A longer line is quarantined. 16 MiB is far above any web page and bounds what one record can take in memory. */
  maxRecordBytes: z
    .int()
    .min(1)
    .default(16 * 1024 * 1024),
  /**
   * JSON file that says what each shard should hold: `{ "part-0.jsonl.zst": { "records": 1000, "sha256": "..." }, ... }`,
   * one or both of the two. Without it nobody can see that a file was cut off between two records, or is not there.
   */
  manifest: pattern.optional(),
});

/** JSON lines, one record a line, in files that are plain, gzip or zstd whatever their name says. */
export const jsonlDataset = defineDataset({
  specificationVersion: 'v1',
  kind: 'dataset',
  name: 'jsonl',
  configSchema: Config,

  async doListShards({ config }) {
    const files = await listShardFiles([config.path].flat(), 'jsonl');
    if (config.manifest !== undefined) {
      expectSameShards(config.manifest, await readManifest(config.manifest), files);
    }
    return files.map(({ name, version, path }) => ({
      name,
      version,
      file: { path, format: 'jsonl', text: config.text, ...(config.id !== undefined && { id: config.id }) },
    }));
  },

  async *doReadShard({ name, file }, { fromRecord }, { config, abortSignal }) {
    if (!file) {
      throw new TypeError(`Shard "${name}" names no file; the jsonl dataset lists only shards that do.`);
    }
    const manifest = config.manifest === undefined ? undefined : await readManifest(config.manifest);
    await checkFile(file.path, { expected: manifest?.get(name), maxLineBytes: config.maxRecordBytes, abortSignal });
    const options = {
      file: file.path,
      textField: config.text,
      idField: config.id,
      maxRecordBytes: config.maxRecordBytes,
    };
    let passed = 0;
    for await (const line of splitLines(readBytes(file.path, abortSignal), config.maxRecordBytes)) {
      const record = readRecord(line, options);
      if (record) {
        passed += 1;
        if (passed > fromRecord) {
          yield record;
        }
      }
    }
  },
});
