import { InputMissingError } from '../errors/input-missing.ts';
import type { Session } from '../session/open-session.ts';
import { type StageName, stageNames } from '../session/session-event.ts';
import { type RecycleOptions, recycle } from './recycle.ts';
import type { RecycleSummary } from './recycle-summary.ts';
import { requireRewards, score } from './score.ts';
import { scoreAlongside } from './score-alongside.ts';
import type { ScoreSummary } from './score-summary.ts';

export interface RunSummary {
  readonly run: string;
  readonly stages: { readonly recycle?: RecycleSummary; readonly score?: ScoreSummary };
}

/** Runs the stages of a recipe, or those that `only` names; `score` goes along with `recycle` where both run. */
export async function runRecipe(
  session: Session,
  options: Pick<RecycleOptions, 'limit' | 'existing'> & { readonly only?: readonly StageName[] | undefined } = {},
): Promise<RunSummary> {
  const { recipe } = session;
  const stages = options.only ?? stageNames.filter((stage) => recipe[stage] !== undefined);
  if (stages.length === 0) {
    const hint = `Add one of ${stageNames.map((stage) => `\`${stage}: {}\``).join(', ')} to the recipe, or name one with --only.`;
    throw new InputMissingError({ stage: 'run', missing: 'a stage', hint });
  }
  if (stages.includes('score')) {
    requireRewards(session);
  }
  const run = await session.openRun();
  const results: { recycle?: RecycleSummary; score?: ScoreSummary } = {};
  if (stages.includes('recycle')) {
    const alongside = stages.includes('score') ? await scoreAlongside(session) : undefined;
    try {
      results.recycle = await recycle(session, { ...options, onDocument: alongside?.onDocument });
    } catch (error) {
      await alongside?.finish().catch(() => undefined);
      throw error;
    }
    await alongside?.finish();
  }
  if (stages.includes('score')) {
    results.score = await score(session);
  }
  return { run: run.folder, stages: results };
}
