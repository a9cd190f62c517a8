import { InputMissingError } from '../errors/input-missing.ts';
import type { Session } from '../session/open-session.ts';
import { plainStages } from '../session/plain-stages.ts';
import type { StageName } from '../session/session-event.ts';
import { filter } from './filter.ts';
import type { FilterSummary } from './filter-summary.ts';
import { findDifferentScores } from './find-different-scores.ts';
import { type RecycleOptions, recycleUsable } from './recycle.ts';
import type { RecycleSummary } from './recycle-summary.ts';
import { requireRewards, score } from './score.ts';
import { scoreAlongside } from './score-alongside.ts';
import type { ScoreSummary } from './score-summary.ts';
import { train } from './train.ts';
import type { TrainSummary } from './train-summary.ts';

export interface RunSummary {
  readonly run: string;
  readonly stages: {
    readonly train?: TrainSummary;
    readonly recycle?: RecycleSummary;
    readonly score?: ScoreSummary;
    readonly filter?: FilterSummary;
  };
}

/**
 * Runs the stages of a recipe, or those that `only` names; `score` goes along with `recycle` where both run. Shards that
 * cannot be used are an error when all others went through every stage.
 */
export async function runRecipe(
  session: Session,
  options: Pick<RecycleOptions, 'limit' | 'existing'> & { readonly only?: readonly StageName[] | undefined } = {},
): Promise<RunSummary> {
  const { recipe } = session;
  const stages = options.only ?? plainStages(recipe);
  if (stages.length === 0) {
    const hint =
      'Add `recycle: {}`, `score: {}`, `filter: ...` or `train: ...` to the recipe, or name one with --only.';
    throw new InputMissingError({ stage: 'run', missing: 'a stage', hint });
  }
  if (stages.includes('score')) {
    requireRewards(session);
  }
  if (stages.includes('recycle') && stages.includes('filter') && !stages.includes('score')) {
    const hint = 'Add `score: {}` to the recipe, or `score` to --only.';
    throw new InputMissingError({ stage: 'filter', missing: 'the scores of what is recycled', hint });
  }
  const run = await session.openRun();
  const results: { -readonly [Stage in keyof RunSummary['stages']]: RunSummary['stages'][Stage] } = {};
  let fault: Error | undefined;
  if (stages.includes('train')) {
    results.train = await train(session, options);
  }
  if (stages.includes('recycle')) {
    const alongside = stages.includes('score') ? await scoreAlongside(session) : undefined;
    // Before hours of recycling, not after them.
    const alsoDifferent = alongside && (await findDifferentScores(session, run));
    try {
      const recycled = await recycleUsable(session, {
        ...options,
        ...(alsoDifferent && { alsoDifferent }),
        onDocument: alongside?.onDocument,
      });
      results.recycle = recycled.summary;
      fault = recycled.fault;
    } catch (error) {
      await alongside?.finish().catch(() => undefined);
      throw error;
    }
    await alongside?.finish();
  }
  // Shards that cannot be used keep no score from the others.
  const usable = fault === undefined || (results.recycle?.parts ?? 0) > 0;
  if (stages.includes('score') && usable) {
    results.score = await score(session, options);
  }
  if (stages.includes('filter') && usable) {
    results.filter = await filter(session, options);
  }
  if (fault !== undefined) {
    throw fault;
  }
  return { run: run.folder, stages: results };
}
