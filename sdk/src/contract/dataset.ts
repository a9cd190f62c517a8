import type { PluginContext } from './host.ts';
import type { JsonObject } from './json-value.ts';
import type { PluginBase } from './plugin.ts';

/** One source file, or whatever a dataset cuts itself into. One shard becomes one part of a run. */
export interface Shard {
  /** Stable across runs and additions; derived ids start with it. */
  readonly name: string;
  /** Changes when the content may have changed (size and time will do; the host hashes `file` itself). */
  readonly version: string;
  /** Given when a worker may read the shard itself; `text` and `id` name its fields. */
  readonly file?: { readonly path: string; readonly format: string; readonly text: string; readonly id?: string };
}

/** A record, or a value that says where a bad one stands and why. */
export type RawRecord =
  | {
      readonly outcome: 'record';
      /** Absent when the record has none: the host derives `<shard name>:<line>` and counts it. */
      readonly id?: string;
      readonly text: string;
      /** Every field but the text, untouched. */
      readonly metadata: JsonObject;
      /** 1-based line (or row) in the shard. */
      readonly line: number;
    }
  | {
      readonly outcome: 'bad';
      readonly id?: string;
      /** Kebab-case kind: `bad-utf8`, `bad-json`, `missing-text`, `lone-surrogate`, `too-large`. */
      readonly code: string;
      readonly reason: string;
      readonly file: string;
      readonly line: number;
      /** Offset of the record's first byte in the decompressed shard; absent where records are no bytes (rows of a stream). */
      readonly byte?: number;
    };

export type DatasetContext<Config> = PluginContext<Config>;

export interface DatasetV1<Config = unknown> extends PluginBase<'dataset', Config> {
  /** Every shard, in a stable order. */
  doListShards(context: DatasetContext<Config>): Promise<readonly Shard[]>;
  /** Streams a shard from its `fromRecord`-th record (bad ones count). A shard that cannot be read whole throws before its first record where that can be known. */
  doReadShard(
    shard: Shard,
    position: { readonly fromRecord: number },
    context: DatasetContext<Config>,
  ): AsyncIterable<RawRecord>;
}

/** Infers `Config` from the schema; adds nothing. */
export function defineDataset<Config>(dataset: DatasetV1<Config>): DatasetV1<Config> {
  return dataset;
}
