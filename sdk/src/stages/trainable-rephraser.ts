import { InputMissingError } from '../errors/input-missing.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { Session } from '../session/open-session.ts';

/** The one rephraser of a recipe that can be trained. */
export function trainableRephraser({ rephraser }: Session): BoundRephraser {
  if (rephraser === undefined || 'by' in rephraser) {
    const hint = 'Add `rephraser: { use: ..., model: ... }` to the recipe.';
    throw new InputMissingError({ stage: 'train', missing: 'one rephraser', hint });
  }
  return rephraser;
}
