import { resolve } from 'node:path';
import type { ConfigSchema } from '../contract/plugin.ts';
import { RecipeError } from '../errors/recipe.ts';
import { describeIssues, type JsonSchema } from '../recipe/describe-issues.ts';
import type { RecipePath, RecipePlace } from '../recipe/recipe-source.ts';
import { hashContent } from './hash-content.ts';

/** Where an entry stands, so that a problem in its config is reported at its place in the recipe. */
export interface EntryPlace {
  readonly path: RecipePath;
  /** Keys that the host takes from the entry; a misspelt one is near them. */
  readonly hostKeys?: readonly string[];
  readonly locate: (path: RecipePath) => RecipePlace;
}

/** An entry that stands in no recipe: a test, or a program that binds a plugin itself. */
export const noPlace: EntryPlace = { path: [], locate: () => ({ folder: process.cwd() }) };

/** Parses a plugin's config with its own schema, after paths (fields with `format: path`) were made absolute. */
export async function bindConfig<Config>(
  schema: ConfigSchema<Config>,
  rawConfig: Readonly<Record<string, unknown>>,
  { path, locate, hostKeys = [] }: EntryPlace,
): Promise<Config> {
  const jsonSchema = configJsonSchema(schema);
  const withPaths = resolvePaths(rawConfig, jsonSchema, path, locate);
  const result = await schema['~standard'].validate(withPaths);
  if (result.issues !== undefined) {
    const ofHost = { properties: Object.fromEntries(hostKeys.map((key) => [key, {}])) };
    const problems = describeIssues(result.issues, { anyOf: [jsonSchema, ofHost] }, path);
    throw new RecipeError(problems.map((problem) => ({ ...problem, place: locate(problem.path) })));
  }
  return result.value;
}

/** JSON Schema of what a person may write for a plugin. */
export function configJsonSchema(schema: ConfigSchema<unknown>): JsonSchema {
  return schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
}

function resolvePaths(
  value: unknown,
  schema: JsonSchema,
  path: RecipePath,
  locate: (path: RecipePath) => RecipePlace,
): unknown {
  return mapPaths(value, schema, path, (text, at) => resolve(locate(at).folder, text));
}

/** The value with every field that holds a path replaced. */
function mapPaths(
  value: unknown,
  schema: JsonSchema,
  path: RecipePath,
  replace: (text: string, path: RecipePath) => string,
): unknown {
  if (typeof value === 'string' && mayBePath(schema)) {
    return replace(value, path);
  }
  if (Array.isArray(value)) {
    const items = branches(schema).find((branch) => branch.items !== undefined)?.items as JsonSchema | undefined;
    return items === undefined ? value : value.map((item, index) => mapPaths(item, items, [...path, index], replace));
  }
  const properties = branches(schema).find((branch) => branch.properties !== undefined)?.properties;
  if (typeof value !== 'object' || value === null || properties === undefined) {
    return value;
  }
  const known = properties as Record<string, JsonSchema>;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      known[key] === undefined ? item : mapPaths(item, known[key], [...path, key], replace),
    ]),
  );
}

function mayBePath(schema: JsonSchema): boolean {
  return branches(schema).some(({ format }) => format === 'path');
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...((schema.anyOf as readonly JsonSchema[] | undefined)?.flatMap(branches) ?? [])];
}

/** A parsed config without the fields that hold paths: what it says, wherever the files lie. */
export function withoutPaths(config: unknown, schema: ConfigSchema<unknown>): unknown {
  const properties = branches(configJsonSchema(schema)).find((branch) => branch.properties !== undefined)?.properties;
  if (typeof config !== 'object' || config === null || properties === undefined) {
    return config;
  }
  const known = properties as Record<string, JsonSchema>;
  const isPath = (key: string) => {
    const field = known[key] ?? {};
    return mayBePath(field) || branches(field).some(({ items }) => mayBePath((items ?? {}) as JsonSchema));
  };
  return Object.fromEntries(Object.entries(config).filter(([key]) => !isPath(key)));
}

/** A parsed config with the content of the files that its paths name: what it says now, wherever the files lie. */
export async function withHashedFiles(config: unknown, schema: ConfigSchema<unknown>): Promise<unknown> {
  const jsonSchema = configJsonSchema(schema);
  const hashes = new Map<string, string>();
  mapPaths(config, jsonSchema, [], (file) => {
    hashes.set(file, file);
    return file;
  });
  for (const file of hashes.keys()) {
    // One that is not there is the plugin's to miss, in its own words.
    const sha256 = await hashContent(file);
    hashes.set(file, sha256 === undefined ? file : `sha256:${sha256}`);
  }
  return mapPaths(config, jsonSchema, [], (file) => hashes.get(file) ?? file);
}
