import { resolve } from 'node:path';
import { isPlainObject } from './is-plain-object.ts';
import type { RecipePath, RecipePlace } from './recipe-source.ts';

/** Makes the file or run of `train.pairs` absolute, from where it is written. */
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
    if (!isPlainObject(stage) || !isPlainObject(stage.pairs)) {
      return stage;
    }
    const { pairs } = stage;
    const absolute = ['path', 'run'].flatMap((key) => {
      const value = pairs[key];
      return typeof value === 'string' ? [[key, resolve(locate([...at, 'pairs', key]).folder, value)] as const] : [];
    });
    return { ...stage, pairs: { ...pairs, ...Object.fromEntries(absolute) } };
  }
}
