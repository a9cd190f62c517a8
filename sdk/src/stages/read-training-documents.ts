import type { Document } from '../contract/rephraser.ts';
import type { BoundDataset } from '../datasets/bind-dataset.ts';
import type { Phase } from '../training/train-result.ts';
import { hashShard } from './hash-shard.ts';
import { IdIndex } from './id-index.ts';

/** The first documents of a dataset, in its order, as often as one asks for them. */
export interface TrainingDocuments {
  read(): AsyncIterable<Document>;
  /** Shards that were read, and records of them that could not be used. */
  input(): Promise<Pick<Phase, 'input'> & { readonly unusableRecords: number }>;
}

export function readTrainingDocuments(
  dataset: BoundDataset,
  { most, abortSignal }: { readonly most: number; readonly abortSignal: AbortSignal },
): TrainingDocuments {
  const unusable = new Set<string>();
  const shardsRead = new Set<string>();
  return {
    async *read() {
      const ids = new IdIndex();
      let taken = 0;
      for (const shard of await dataset.listShards(abortSignal)) {
        if (taken >= most) {
          return;
        }
        shardsRead.add(shard.name);
        for await (const record of dataset.readShard(shard, abortSignal)) {
          if (taken >= most) {
            return;
          }
          const id = record.id ?? `${shard.name}:${record.line}`;
          if (record.outcome === 'bad' || !ids.add(id)) {
            unusable.add(`${shard.name}:${record.line}`);
            continue;
          }
          taken += 1;
          yield { id, text: record.text, metadata: record.metadata };
        }
      }
    },

    async input() {
      const shards = (await dataset.listShards(abortSignal)).filter(({ name }) => shardsRead.has(name));
      const input = await Promise.all(
        shards.map(async (shard) => ({
          shard: shard.name,
          version: shard.version,
          sha256: await hashShard(shard, abortSignal),
        })),
      );
      return { input, unusableRecords: unusable.size };
    },
  };
}
