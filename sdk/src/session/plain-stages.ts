import { trainStagesOf } from '../recipe/train-schema.ts';
import { type StageName, stageNames } from './session-event.ts';

/** The stages of a recipe that run when nobody names any. */
export function plainStages(
  recipe: Parameters<typeof trainStagesOf>[0] & Readonly<Partial<Record<StageName, unknown>>>,
): readonly StageName[] {
  const isNamed = trainStagesOf(recipe).some(({ when }) => when === 'named');
  return stageNames.filter((stage) => recipe[stage] !== undefined && !(stage === 'train' && isNamed));
}
