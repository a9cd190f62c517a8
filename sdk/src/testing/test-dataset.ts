import { describe, expect, it } from 'vitest';
import type { DatasetV1, RawRecord, Shard } from '../contract/dataset.ts';
import { bindConfig, noPlace } from '../plugins/bind-config.ts';
import { createContext } from '../plugins/plugin-host.ts';
import { copyOverTheWire } from './copy-over-the-wire.ts';
import { type FakeHostOptions, fakeHost, fakeModels } from './fake-host.ts';
import { freezeDeeply } from './freeze-deeply.ts';
import { type RawConfig, testPluginObject } from './test-plugin-object.ts';
import { watchCalls } from './watch-calls.ts';

export interface DatasetSuite extends FakeHostOptions {
  /** Of a data set with at least one record; paths are relative to the working folder. */
  readonly config: RawConfig;
}

/**
 * Registers the tests that every dataset passes.
 *
 * @example
 * testDataset(jsonlDataset, { config: { path: './pages/*.jsonl', text: 'text' } });
 */
export function testDataset<Config>(dataset: DatasetV1<Config>, { config: rawConfig, ...answers }: DatasetSuite): void {
  const open = async (abortSignal = new AbortController().signal) => {
    const { host, unabortable } = watchCalls(fakeHost({ models: fakeModels(dataset.roles), ...answers }));
    const config = freezeDeeply(await bindConfig(dataset.configSchema, rawConfig, noPlace));
    const context = await createContext(host, config, abortSignal);
    const shards = await dataset.doListShards(context);
    const read = (shard: Shard, fromRecord = 0) =>
      Array.fromAsync(dataset.doReadShard(freezeDeeply(shard), { fromRecord }, context));
    return { shards, read, context, unabortable };
  };

  describe(`dataset ${dataset.name} keeps the contract`, () => {
    testPluginObject(dataset, rawConfig);

    it('lists the same shards in the same order, each name once', async () => {
      const { shards } = await open();
      expect((await open()).shards).toEqual(shards);
      const names = shards.map(({ name }) => name);
      expect(names.filter((name, index) => name === '' || names.indexOf(name) !== index)).toEqual([]);
      expect(shards.filter(({ version }) => version === '')).toEqual([]);
    });

    it('has at least one good record', async () => {
      const { shards, read } = await open();
      const records = (await Promise.all(shards.map((shard) => read(shard)))).flat();
      expect(records.filter(({ outcome }) => outcome === 'record')).not.toHaveLength(0);
    });

    it('gives well-formed records with rising lines, and says where a bad one stands', async () => {
      const { shards, read } = await open();
      for (const shard of shards) {
        let lineBefore = 0;
        for (const record of await read(shard)) {
          expect(record.line, `line of a record of ${shard.name}`).toBeGreaterThan(lineBefore);
          lineBefore = record.line;
          expectGoodRecord(record, `${shard.name}, line ${record.line}`);
        }
      }
    });

    it('goes on from any record with the rest of the shard', async () => {
      const { shards, read } = await open();
      for (const shard of shards) {
        const records = await read(shard);
        const starts = new Set([0, 1, Math.floor(records.length / 2), records.length - 1, records.length]);
        for (const fromRecord of starts) {
          if (fromRecord >= 0) {
            expect(await read(shard, fromRecord), `${shard.name} from record ${fromRecord}`).toEqual(
              records.slice(fromRecord),
            );
          }
        }
      }
    });

    it('lets a reader stop after the first record', async () => {
      const { shards, context } = await open();
      for (const shard of shards) {
        for await (const record of dataset.doReadShard(shard, { fromRecord: 0 }, context)) {
          expect(record.line).toBeGreaterThan(0);
          break;
        }
      }
    });

    it('stops reading when it is aborted', async () => {
      const abort = new AbortController();
      const { shards, read } = await open(abort.signal);
      abort.abort(new Error('aborted by the suite'));
      const [shard] = shards;
      await expect(shard && read(shard)).rejects.toThrow(/abort/i);
    });

    it('hands its abort signal on to everything it calls', async () => {
      const { shards, read, unabortable } = await open();
      await Promise.all(shards.map((shard) => read(shard)));
      expect(unabortable).toEqual([]);
    });
  });
}

function expectGoodRecord(record: RawRecord, place: string): void {
  if (record.outcome === 'bad') {
    expect(record.code, `${place}: expected a code such as "bad-json"`).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(record.reason, `${place}: a bad record without a reason`).toMatch(/\S/);
    expect(record.file, `${place}: a bad record without its file`).toMatch(/\S/);
    return;
  }
  copyOverTheWire([record.id, record.text, record.metadata], place);
  expect(record.id, `${place}: an empty id; leave it out`).not.toBe('');
}
