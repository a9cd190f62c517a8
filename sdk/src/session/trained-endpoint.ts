import { join } from 'node:path';
import type { Recipe } from '../recipe/load-recipe.ts';
import type { ModelEndpoint, RephraserEntry } from '../recipe/recipe-schema.ts';
import { modelFolder } from '../training/train-result.ts';

/** The endpoint of what `train` makes of another one; no recipe can use such a name for its own. */
export function trainedName(endpoint: string): string {
  return `${endpoint} (trained)`;
}

/** The same settings, with the model that `train` leaves in the run. None where nothing can be trained. */
export function trainedEndpoints(recipe: Recipe, runFolder: string): Readonly<Record<string, ModelEndpoint>> {
  const name = trainableEndpoint(recipe);
  const endpoint = name === undefined ? undefined : recipe.models[name];
  return name === undefined || endpoint === undefined
    ? {}
    : { [trainedName(name)]: { ...endpoint, path: join(runFolder, modelFolder) } };
}

/** Key of the model that the recipe's one rephraser asks. */
export function trainableEndpoint({ rephraser }: Recipe): string | undefined {
  if (rephraser === undefined || 'route' in rephraser) {
    return undefined;
  }
  const { model, models } = rephraser as RephraserEntry;
  return models?.default ?? model;
}
