import { defineDataset, type JsonObject, type RawRecord } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** Name on the hub, `owner/name`. */
  name: z.string(),
  /** Commit of the data set: `main` would be another corpus tomorrow. */
  revision: z.string().regex(/^[0-9a-f]{40}$/),
  split: z.string().default('train'),
  text: z.string().default('text'),
  id: z.string().optional(),
});

const Shards = z.array(z.strictObject({ name: z.string(), fingerprint: z.string() }));

/** Numbers beyond 2^53 arrive as bigint and stay what they are, so no schema looks inside. */
const Row = z.custom<JsonObject>((row) => typeof row === 'object' && row !== null && !Array.isArray(row));

/** Streams a data set of the Hugging Face hub; the Python side knows the hub, its formats and its cache. */
export const huggingFaceDataset = defineDataset({
  specificationVersion: 'v1',
  kind: 'dataset',
  name: 'hugging-face',
  configSchema: Config,
  handler: { file: new URL('./hugging_face.py', import.meta.url), requires: ['datasets>=4'] },

  async doListShards({ config, worker, abortSignal }) {
    const shards = await worker.call('list-shards', { config }, { output: Shards, abortSignal });
    return shards.map(({ name, fingerprint }) => ({ name, version: fingerprint }));
  },

  async *doReadShard(shard, { fromRecord }, { config, worker, abortSignal }) {
    const input = { config, shard: shard.name, fromRow: fromRecord };
    let line = fromRecord;
    for await (const row of worker.stream('read-rows', input, { item: Row, abortSignal })) {
      line += 1;
      yield toRecord(row, config, shard.name, line);
    }
  },
});

function toRecord(row: JsonObject, config: z.infer<typeof Config>, file: string, line: number): RawRecord {
  const { [config.text]: text, ...metadata } = row;
  const named = config.id === undefined ? undefined : row[config.id];
  const id = named === undefined || named === null ? {} : { id: String(named) };
  return typeof text === 'string'
    ? { outcome: 'record', ...id, text, metadata, line }
    : { outcome: 'bad', ...id, code: 'missing-text', reason: `no text in "${config.text}"`, file, line };
}
