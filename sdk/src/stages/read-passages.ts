import type { PagePassage } from '../lab/make-pairs.ts';
import { seededRandom } from '../lab/seeded-random.ts';
import { takePassage } from '../lab/take-passage.ts';
import type { Session } from '../session/open-session.ts';

/** Enough for a thousand pairs several times over, and few enough to hold. */
const mostPassages = 500;

/** A passage of each of the first pages of a dataset that are long enough, in an order that the seed decides. */
export async function readPassages(
  { dataset, abortSignal }: Pick<Session, 'dataset' | 'abortSignal'>,
  seed: number,
): Promise<readonly PagePassage[]> {
  const passages = new Map<string, string>();
  for (const shard of (await dataset?.listShards(abortSignal)) ?? []) {
    for await (const record of dataset?.readShard(shard, abortSignal) ?? []) {
      const text = record.outcome === 'record' ? takePassage(record.text) : undefined;
      if (text !== undefined) {
        passages.set(`${shard.name}:${record.line}`, text);
      }
      if (passages.size >= mostPassages) {
        return shuffle(passages, seed);
      }
    }
  }
  return shuffle(passages, seed);
}

function shuffle(passages: ReadonlyMap<string, string>, seed: number): readonly PagePassage[] {
  return Array.from(passages, ([id, text]) => ({ id, text, at: seededRandom(seed, 'order', id)() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ id, text }) => ({ id, text }));
}
