import { hash } from 'node:crypto';
import type { Document } from '../contract/rephraser.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import { type IsolatingScorer, scoreIsolating } from '../rewards/score-isolating.ts';
import type { OutputRecord, ScoreRow } from '../run/rows.ts';

/** A document with what became of it. */
export interface RecycledDocument {
  readonly line: number;
  readonly original: Document;
  readonly records: readonly OutputRecord[];
}

export type DocumentScorer = (
  documents: readonly RecycledDocument[],
  options: { readonly abortSignal: AbortSignal },
) => Promise<readonly (readonly ScoreRow[])[]>;

/** Scores documents in batches with all rewards at once; a reward with a `share` sees the same documents every time. */
export function scoreDocuments(rewards: readonly BoundReward[]): DocumentScorer {
  const scorers = rewards.map((reward) => ({ reward, score: scoreIsolating(reward) }));
  return async (documents, options) => {
    const byReward = await Promise.all(scorers.map((scorer) => scoreWith(scorer, documents, options)));
    return documents.map(({ records }, index) => {
      const rows = byReward.flatMap((documentRows) => documentRows[index] ?? []);
      // All rows of a record together: who reads them holds one record at a time.
      return records.flatMap(({ id }) => rows.filter(({ recordId }) => recordId === id));
    });
  };
}

/** Rows of one reward, by document. */
async function scoreWith(
  { reward, score }: { readonly reward: BoundReward; readonly score: IsolatingScorer },
  documents: readonly RecycledDocument[],
  options: { readonly abortSignal: AbortSignal },
): Promise<readonly (readonly ScoreRow[])[]> {
  const sampled = documents.map(({ original, records }) => (isSampled(reward, original.id) ? records : []));
  const samples = sampled.flatMap((records, index) =>
    records.map(({ id, text, metadata }) => ({
      id,
      original: documents[index]?.original.text ?? '',
      rephrased: text,
      metadata,
    })),
  );
  const scores = await score(samples, options);
  let at = 0;
  return sampled.map((records, index) =>
    records.map((record): ScoreRow => {
      const result = scores[at++];
      if (result === undefined) {
        throw new Error(`${reward.name} gave ${scores.length} scores for ${samples.length} samples`);
      }
      const { line, original } = documents[index] as RecycledDocument;
      return { recordId: record.id, documentId: original.id, line, reward: reward.name, ...result };
    }),
  );
}

function isSampled({ name, share }: BoundReward, id: string): boolean {
  return share >= 1 || Number.parseInt(hash('sha256', `${name}\n${id}`).slice(0, 8), 16) / 2 ** 32 < share;
}
