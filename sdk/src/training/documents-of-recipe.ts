import type { TrainStage } from '../recipe/train-schema.ts';

/** As many as the steps can use once, where the recipe does not say. */
export function documentsToRead(stage: TrainStage): number {
  const heldOut = documentsHeldOut(stage);
  // Of the documents at most half are held out.
  const others = stage.algorithm === 'sft' ? heldOut : stage.steps * stage.promptsPerStep;
  return stage.passages.documents ?? others + heldOut;
}

export function documentsHeldOut({ evaluation }: TrainStage): number {
  return evaluation === 'none' ? 0 : evaluation.documents;
}

/** All trainings of a recipe read and hold out the same documents: one must not be taught what the next is measured on. */
export function documentsOfRecipe(stages: readonly TrainStage[]): { readonly heldOut: number; readonly read: number } {
  return {
    heldOut: Math.max(...stages.map(documentsHeldOut)),
    read: Math.max(...stages.map(documentsToRead)),
  };
}
