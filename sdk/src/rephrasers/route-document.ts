import type { Document } from '../contract/rephraser.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import { type IsolatingScorer, scoreIsolating } from '../rewards/score-isolating.ts';
import type { BoundRephraser } from './bind-rephraser.ts';
import type { RephrasedDocument } from './rephrase-document.ts';

/** First case whose bound is above the score decides; a case without one always fits. */
export interface BoundRoute {
  readonly by: BoundReward;
  readonly cases: readonly { readonly below?: number | undefined; readonly to: BoundRephraser | 'keep' | 'drop' }[];
}

/** One scorer per route: it notices a reward that fails on every page. */
const scorers = new WeakMap<BoundRoute, IsolatingScorer>();

/** Where a document goes: to a rephraser, or straight to its end. A document that cannot be scored is kept as it is. */
export async function routeDocument(
  route: BoundRoute,
  document: Document,
  { abortSignal }: { readonly abortSignal: AbortSignal },
): Promise<BoundRephraser | RephrasedDocument> {
  const { id, text, metadata } = document;
  const sample = { id, original: text, rephrased: text, metadata };
  const scoreBy = scorers.get(route) ?? scoreIsolating(route.by);
  scorers.set(route, scoreBy);
  const [score] = await scoreBy([sample], { abortSignal });
  const value = score?.outcome === 'scored' ? score.value : undefined;
  const target =
    value === undefined
      ? 'keep'
      : (route.cases.find(({ below }) => below === undefined || value < below)?.to ?? 'keep');
  if (typeof target === 'object') {
    return target;
  }
  const untouched = { passages: [], rephrasedShare: 0, method: `route/${target}`, model: undefined };
  return target === 'drop'
    ? { outcome: 'dropped', reason: `${route.by.name} ${value}`, texts: [], ...untouched }
    : { outcome: 'written', texts: [{ id, text, rephrasedShare: 0 }], ...untouched };
}
