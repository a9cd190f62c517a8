import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PluginFileError } from '../errors/plugin-file.ts';
import type { RecipePath, RecipePlace } from '../errors/recipe.ts';

/** A file that a recipe names as a plugin. Its content is its version. */
export interface PluginFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

/** Finds the file from the folder of the recipe that names it. What the file imports is not part of the hash. */
export async function readPluginFile(
  written: string,
  at: { readonly path: RecipePath; readonly place: RecipePlace },
): Promise<PluginFile> {
  const path = resolve(at.place.folder, written);
  try {
    return { path, sha256: hash('sha256', await readFile(path)) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'is not there.' : `cannot be read: ${message}`;
    const hint = `"${written}" starts from ${at.place.folder}, the folder of the recipe that names it.`;
    throw new PluginFileError({ ...at, file: path, problem, hint, cause });
  }
}
