import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { howToType } from '@repro/bridge';
import { parse } from 'yaml';
import { z } from 'zod';
import { RecipeError } from '../errors/recipe.ts';
import { describeIssues } from './describe-issues.ts';
import { isPlainObject } from './is-plain-object.ts';
import { readFileValues } from './read-file-values.ts';
import { type ParsedRecipe, type RecipeInput, RecipeSchema } from './recipe-schema.ts';
import {
  objectSource,
  parseRecipeFile,
  type RecipePath,
  type RecipePlace,
  type RecipeSource,
} from './recipe-source.ts';
import { resolveModelPaths } from './resolve-model-paths.ts';
import { resolvePairsPath } from './resolve-pairs-path.ts';

export type Recipe = ParsedRecipe & {
  /** File it was read from; absent for an object. */
  readonly file?: string;
  /** Its own folder, or the current one for an object. */
  readonly folder: string;
  /** Where a value stands, or else its nearest parent. */
  readonly locate: (path: RecipePath) => RecipePlace;
};

export interface LoadRecipeOptions {
  /** `a.b=c` each, over everything else; paths in them start from `folder`. */
  readonly set?: readonly string[];
  /** Where `set` and objects start from; the current folder. */
  readonly folder?: string;
}

// `extends` is gone before the schema sees the rest; it is listed among the known keys all the same.
const recipeJsonSchema = z.toJSONSchema(RecipeSchema.extend({ extends: z.string().optional() }), {
  io: 'input',
  unrepresentable: 'any',
});

/** Reads a recipe from a YAML file (with what it `extends`) or an object, and checks everything that needs no plugin. */
export async function loadRecipe(
  recipe: string | RecipeInput,
  { set = [], folder = process.cwd() }: LoadRecipeOptions = {},
): Promise<Recipe> {
  const file = typeof recipe === 'string' ? resolve(folder, recipe) : undefined;
  const base =
    file === undefined ? [objectSource(recipe as Record<string, unknown>, folder)] : await readLayers(file, []);
  const layers = [...base, ...set.map((assignment) => parseAssignment(assignment, folder))];
  const locate = (path: RecipePath): RecipePlace => {
    for (let length = path.length; length > 0; length--) {
      const place = layers
        .toReversed()
        .map((layer) => layer.locate(path.slice(0, length)))
        .find(Boolean);
      if (place !== undefined) {
        return place;
      }
    }
    return file === undefined ? { folder } : { file, line: 1, column: 1, folder: dirname(file) };
  };

  if (layers.some((layer) => layer.file === undefined && Object.hasOwn(layer.value, 'extends'))) {
    throw new RecipeError([{ path: ['extends'], message: 'only a recipe file can extend another' }]);
  }
  const { extends: _read, ...merged } = layers.map(({ value }) => value).reduce(merge, {});
  const withFiles = resolvePairsPath(resolveModelPaths(await readFileValues(merged, locate), locate), locate);
  const parsed = RecipeSchema.safeParse(withFiles);
  if (!parsed.success) {
    const problems = describeIssues(parsed.error.issues, recipeJsonSchema);
    throw new RecipeError(problems.map((problem) => ({ ...problem, place: locate(problem.path) })));
  }
  return {
    ...parsed.data,
    ...(file === undefined ? {} : { file }),
    folder: file === undefined ? folder : dirname(file),
    locate,
  };
}

/** The file's own layer after those it extends, base first. */
async function readLayers(file: string, seen: readonly string[]): Promise<RecipeSource[]> {
  if (seen.includes(file)) {
    throw new RecipeError([{ path: ['extends'], message: `${[...seen, file].join(' extends ')}: a circle` }]);
  }
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new RecipeError([{ path: [], message: `${file} cannot be read: ${(error as Error).message}` }], {
      hint: `\`${howToType('init')}\` writes a recipe to start from.`,
    });
  }
  const source = parseRecipeFile(text, file);
  const base = source.value.extends;
  if (base === undefined) {
    return [source];
  }
  if (typeof base !== 'string') {
    throw new RecipeError([
      {
        path: ['extends'],
        message: `found ${typeof base}, expected the path of a recipe`,
        place: source.locate(['extends']),
      },
    ]);
  }
  const baseFile = isAbsolute(base) ? base : resolve(dirname(file), base);
  return [...(await readLayers(baseFile, [...seen, file])), source];
}

/** `rewards.0.weight=2`; the value is YAML, so numbers and lists are what they look like. */
function parseAssignment(assignment: string, folder: string): RecipeSource {
  const equals = assignment.indexOf('=');
  const keys = assignment.slice(0, equals).split('.');
  if (equals < 1 || keys.some((key) => key === '')) {
    throw new RecipeError([{ path: [], message: `--set ${assignment}: expected key.key=value` }]);
  }
  let value: unknown;
  try {
    value = parse(assignment.slice(equals + 1));
  } catch (error) {
    throw new RecipeError([{ path: keys, message: `--set ${assignment}: ${(error as Error).message}` }]);
  }
  const nested = keys.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
  return objectSource(nested as Record<string, unknown>, folder);
}

/** Keys of maps are merged, lists and values replaced; a map of digits (from `--set`) changes single items of a list. */
function merge(base: unknown, over: unknown): Record<string, unknown> {
  return mergeValues(base, over) as Record<string, unknown>;
}

function mergeValues(base: unknown, over: unknown): unknown {
  if (!isPlainObject(over)) {
    return over;
  }
  const keys = Object.keys(over);
  if (Array.isArray(base) && keys.length > 0 && keys.every((key) => /^\d+$/.test(key) && Number(key) < base.length)) {
    return base.map((item, index) => (Object.hasOwn(over, index) ? mergeValues(item, over[index]) : item));
  }
  if (!isPlainObject(base)) {
    return over;
  }
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, merged.has(key) ? mergeValues(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}
