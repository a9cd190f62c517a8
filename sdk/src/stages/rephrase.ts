import type { JsonObject } from '../contract/json-value.ts';
import type { RewardScore } from '../contract/reward.ts';
import type { RephrasedDocument } from '../rephrasers/rephrase-document.ts';
import { combineScores } from '../rewards/combine-scores.ts';
import { scoreIsolating } from '../rewards/score-isolating.ts';
import type { Session } from '../session/open-session.ts';
import { rephraseOrRoute } from './recycling-part.ts';

export interface RephrasedPage extends RephrasedDocument {
  readonly id: string;
  /** What was written for the page: its text, or its new records one after another. */
  readonly text: string;
  /** Raw values by reward. */
  readonly scores: Readonly<Record<string, RewardScore>>;
  readonly total: RewardScore;
}

/** Rephrases and scores one page with the models that the recipe names, not with what was trained; writes nothing. */
export async function rephrase(
  session: Session,
  page: { readonly id: string; readonly text: string; readonly metadata?: JsonObject },
): Promise<RephrasedPage> {
  const { rewards, abortSignal } = session;
  const document = { metadata: {}, ...page };
  const rephrased = await rephraseOrRoute(session, document, abortSignal);
  const text = rephrased.texts.map((record) => record.text).join('\n\n');
  const [completion, ...others] = rephrased.passages.flatMap(({ completions }) => completions);
  const sample = {
    id: page.id,
    original: page.text,
    rephrased: text,
    metadata: document.metadata,
    // `format` reads one raw answer; of a page with several there is no such thing.
    ...(completion !== undefined && others.length === 0 && { completion }),
  };
  const scored = await Promise.all(
    rewards.map(async (reward) => {
      const [value] = await scoreIsolating(reward)([sample], { abortSignal });
      return [reward.name, value ?? { outcome: 'unscored', reason: 'no score came back' }] as const;
    }),
  );
  const scores = Object.fromEntries(scored);
  return { ...rephrased, id: page.id, text, scores, total: combineScores(rewards, scores) };
}
