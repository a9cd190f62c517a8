import type { DatasetV1, RawRecord, Shard } from '../contract/dataset.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { bindConfig, type EntryPlace, noPlace, withoutPaths } from '../plugins/bind-config.ts';
import { createContext, type PluginHost } from '../plugins/plugin-host.ts';
import { orRefusal, refusalOfSettings } from '../plugins/refusal-of-settings.ts';

/** A dataset with its config parsed and closed over. */
export interface BoundDataset {
  readonly name: string;
  /** The parsed config without its paths, for the stage key: a corpus that moves is the same corpus. */
  readonly config: unknown;
  /** Every shard, in the dataset's order; names are distinct. */
  readonly listShards: (abortSignal: AbortSignal) => Promise<readonly Shard[]>;
  readonly readShard: (shard: Shard, abortSignal: AbortSignal) => AsyncIterable<RawRecord>;
}

/** Parses a dataset's config and closes over it. */
export async function bindDataset<Config>(
  dataset: DatasetV1<Config>,
  rawConfig: Readonly<Record<string, unknown>>,
  host: PluginHost,
  { as, place = noPlace }: { readonly as?: string | undefined; readonly place?: EntryPlace } = {},
): Promise<BoundDataset> {
  const config = await bindConfig(dataset.configSchema, rawConfig, place);
  const name = as ?? dataset.name;
  const broken = (what: string, found: string, expected: string) =>
    new PluginContractError({ plugin: `dataset "${name}"`, what, found, expected });
  return {
    name,
    config: withoutPaths(config, dataset.configSchema),

    async listShards(abortSignal) {
      const context = await createContext(host, config, abortSignal);
      const shards = await orRefusal(place, () => dataset.doListShards(context));
      const seen = new Set<string>();
      for (const shard of shards) {
        if (seen.has(shard.name)) {
          throw broken('shard names', `"${shard.name}" twice`, 'distinct names');
        }
        seen.add(shard.name);
      }
      return shards;
    },

    async *readShard(shard, abortSignal) {
      const context = await createContext(host, config, abortSignal);
      let lineBefore = 0;
      try {
        for await (const record of dataset.doReadShard(shard, { fromRecord: 0 }, context)) {
          checkRecord(shard, record, lineBefore);
          lineBefore = record.line;
          yield record;
        }
      } catch (error) {
        throw refusalOfSettings(error, place) ?? error;
      }
    },
  };

  function checkRecord(shard: Shard, record: RawRecord, lineBefore: number): void {
    if (record.line <= lineBefore) {
      throw broken(`lines of ${shard.name}`, `${record.line} after ${lineBefore}`, 'rising lines from 1');
    }
    if (record.outcome === 'record' && !record.text.isWellFormed()) {
      const what = `text of ${shard.name}, line ${record.line}`;
      throw broken(what, 'half a surrogate pair', 'well-formed Unicode, or a bad record that says so');
    }
  }
}
