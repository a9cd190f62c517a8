import { resolve } from 'node:path';
import { isPlainObject } from './is-plain-object.ts';
import type { RecipePath, RecipePlace } from './recipe-source.ts';

/** Makes the file of `train.pairs` absolute, from where it is written. */
export function resolvePairsPath(recipe: unknown, locate: (path: RecipePath) => RecipePlace): unknown {
  if (!isPlainObject(recipe)) {
    return recipe;
  }
  const { train } = recipe;
  const resolved = Array.isArray(train)
    ? train.map((stage, index) => withAbsolutePath(stage, ['train', index]))
    : withAbsolutePath(train, ['train']);
  return { ...recipe, ...(train !== undefined && { train: resolved }) };

  function withAbsolutePath(stage: unknown, at: RecipePath): unknown {
    if (!isPlainObject(stage) || !isPlainObject(stage.pairs) || typeof stage.pairs.path !== 'string') {
      return stage;
    }
    const { folder } = locate([...at, 'pairs', 'path']);
    return { ...stage, pairs: { ...stage.pairs, path: resolve(folder, stage.pairs.path) } };
  }
}
