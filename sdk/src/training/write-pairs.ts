import { stringifyJson } from '../contract/json-text.ts';
import type { CompletedCompletion } from '../contract/model.ts';
import type { Passage } from '../contract/rephraser.ts';
import type { BoundRephraser, ModelWindow } from '../rephrasers/bind-rephraser.ts';
import type { Store } from '../run/store.ts';
import { openRows, promptOf, type TrainingData, type WrittenPassages } from './write-training-data.ts';

/** A page or passage and what somebody has made of it. */
export interface TrainPair {
  /** Its document's, or its number where that is not known. */
  readonly id: string;
  /** Of the document that it was made from, where that is known. */
  readonly documentId?: string | undefined;
  readonly original: string;
  readonly rephrased: string;
  /** Why nothing can be learned from it, where that is known. */
  readonly unusable?: string;
}

export interface WrittenPairs {
  readonly passages: WrittenPassages;
  /** The same rows with prompt and answer. */
  readonly file: string;
  /** Pairs that cannot be learned from, by reason. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/**
 * Writes `passages.jsonl` and `pairs.jsonl`: every pair whose original is one passage and whose answer the rephraser itself
 * would take, and that is of no held-out document.
 */
export async function writePairs(
  store: Store,
  folder: string,
  pairs: AsyncIterable<TrainPair>,
  options: {
    readonly rephraser: BoundRephraser;
    readonly window: ModelWindow;
    readonly opener: string;
    readonly isHeldOut: TrainingData['isHeldOut'];
  },
): Promise<WrittenPairs> {
  const { rephraser, window, opener, isHeldOut } = options;
  const leftOut = new Map<string, number>();
  const path = `${folder}/pairs.jsonl`;
  await using passages = await openRows(store, `${folder}/passages.jsonl`);
  await using file = await store.stage('pairs.jsonl');
  let row = 0;
  for await (const { id, documentId, original, rephrased, unusable } of pairs) {
    const document = { id, text: original, metadata: {} };
    const [passage, ...others] = rephraser.split(document, window);
    const completion = opener + rephrased;
    const reason =
      unusable ??
      (isHeldOut({ documentId, text: original }) ? 'held out' : undefined) ??
      (passage === undefined || others.length > 0 ? 'not one passage' : reasonAgainst(rephraser, completion, passage));
    if (passage === undefined || reason !== undefined) {
      leftOut.set(reason ?? '', (leftOut.get(reason ?? '') ?? 0) + 1);
      continue;
    }
    await passages.add(document, [passage], rephraser);
    await file.write(`${stringifyJson({ row, prompt: promptOf(rephraser, passage), completion })}\n`);
    row += 1;
  }
  await (row === 0 && file.write(''));
  await file.seal();
  await file.publish(path);
  return { passages: await passages.publish(), file: path, leftOut };
}

function reasonAgainst(rephraser: BoundRephraser, text: string, passage: Passage): string | undefined {
  const counts = { tokens: 0, promptTokens: 0, thinkPrefilled: true };
  const completion: CompletedCompletion = { outcome: 'completed', text, finishReason: 'stop', ...counts };
  const rephrasing = rephraser.parse([completion], passage);
  switch (rephrasing.outcome) {
    case 'rejected':
      return rephrasing.reason;
    case 'dropped':
    case 'continue':
      return rephrasing.outcome;
    default:
      return undefined;
  }
}
