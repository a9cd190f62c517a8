import type { DatasetV1, RawRecord, Shard } from '../contract/dataset.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { bindConfig, type EntryPlace, noPlace, withoutPaths } from '../plugins/bind-config.ts';
import { createContext, type PluginHost } from '../plugins/plugin-host.ts';

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
  return {
    name,
    config: withoutPaths(config, dataset.configSchema),

    async listShards(abortSignal) {
      const shards = await dataset.doListShards(await createContext(host, config, abortSignal));
      const seen = new Set<string>();
      for (const shard of shards) {
        if (seen.has(shard.name)) {
          const found = `"${shard.name}" twice`;
          throw new PluginContractError({
            plugin: `dataset "${name}"`,
            what: 'shard names',
            found,
            expected: 'distinct names',
          });
        }
        seen.add(shard.name);
      }
      return shards;
    },

    async *readShard(shard, abortSignal) {
      yield* dataset.doReadShard(shard, { fromRecord: 0 }, await createContext(host, config, abortSignal));
    },
  };
}
