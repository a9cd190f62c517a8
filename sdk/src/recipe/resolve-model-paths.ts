import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isPlainObject } from './is-plain-object.ts';
import type { RecipePath, RecipePlace } from './recipe-source.ts';

/**
 * Makes the files of `models:` absolute, each from where it is written: chat templates, and a path that is a folder
 * there or can be nothing else. As for the worker, a folder wins over a hub name of the same spelling.
 */
export function resolveModelPaths(recipe: unknown, locate: (path: RecipePath) => RecipePlace): unknown {
  if (!isPlainObject(recipe) || !isPlainObject(recipe.models)) {
    return recipe;
  }
  const models = Object.entries(recipe.models).map(([name, model]) => {
    const place = (key: string) => locate(['models', name, key]).folder;
    return [name, isPlainObject(model) ? { ...model, ...absolutePaths(model, place) } : model];
  });
  return { ...recipe, models: Object.fromEntries(models) };
}

function absolutePaths(
  { path, chatTemplate }: Readonly<Record<string, unknown>>,
  folderOf: (key: string) => string,
): { readonly path?: string; readonly chatTemplate?: string } {
  const folder = typeof path === 'string' ? resolve(folderOf('path'), path) : undefined;
  const isFolder = folder !== undefined && (/^\.{0,2}\//.test(String(path)) || existsSync(folder));
  return {
    ...(isFolder && { path: folder }),
    ...(typeof chatTemplate === 'string' && { chatTemplate: resolve(folderOf('chatTemplate'), chatTemplate) }),
  };
}
