import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RecipeError } from '../errors/recipe.ts';
import { unknownKey } from './describe-issues.ts';
import { isPlainObject } from './is-plain-object.ts';
import type { RecipePath, RecipePlace } from './recipe-source.ts';

/**
 * Replaces every `{ file: path }` (an object with that one key) by the text of the file, so that plugins see the text
 * and the stage key covers its content. Plugin objects and other class instances pass untouched.
 */
export async function readFileValues(
  value: unknown,
  locate: (path: RecipePath) => RecipePlace,
  path: RecipePath = [],
): Promise<unknown> {
  if (Array.isArray(value)) {
    return Promise.all(value.map((item, index) => readFileValues(item, locate, [...path, index])));
  }
  if (!isPlainObject(value) || path.at(-1) === 'use') {
    return value;
  }
  const entries = Object.entries(value);
  if (Object.hasOwn(value, '__proto__')) {
    // No schema would see it: validators leave this key out.
    const at = [...path, '__proto__'];
    throw new RecipeError([{ path: at, message: unknownKey('__proto__', []), place: locate(at) }]);
  }
  if (entries.length === 1 && entries[0]?.[0] === 'file' && typeof entries[0][1] === 'string') {
    const place = locate([...path, 'file']);
    const file = resolve(place.folder, entries[0][1]);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    } catch (error) {
      throw new RecipeError([
        { path, message: `${file} cannot be read as UTF-8 text: ${(error as Error).message}`, place },
      ]);
    }
  }
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, item]) => [key, await readFileValues(item, locate, [...path, key])])),
  );
}
