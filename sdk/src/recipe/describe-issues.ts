import { closest, distance } from 'fastest-levenshtein';
import type { RecipePath } from './recipe-source.ts';

/** What a Standard Schema issue and a zod issue have in common. */
interface Issue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
  readonly code?: unknown;
  readonly keys?: unknown;
  readonly errors?: unknown;
  readonly issues?: unknown;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The problems of a failed validation in plain words. An unknown key becomes one problem at the key itself, with the
 * nearest known one.
 */
export function describeIssues(
  issues: readonly unknown[],
  schema: JsonSchema,
  base: RecipePath = [],
): { readonly path: RecipePath; readonly message: string }[] {
  return (issues as readonly Issue[]).flatMap((issue) => {
    const inner = (issue.path ?? []).map((key) => (key as { key?: string }).key ?? key) as unknown as RecipePath;
    const path = [...base, ...inner];
    if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
      const known = knownKeys(schema, inner);
      return issue.keys.map((key: string) => ({ path: [...path, key], message: unknownKey(key, known) }));
    }
    if (issue.code === 'invalid_union' && Array.isArray(issue.errors)) {
      const branches = issue.errors as readonly (readonly Issue[])[];
      const branch = nearestBranch(branches);
      if (branches.length === 0) {
        return [{ path, message: plainMessage(issue) }];
      }
      return branch !== undefined && (depthOf(branch) > 0 || branch.some(({ code }) => code === 'unrecognized_keys'))
        ? describeIssues(branch, { anyOf: schemasAt(schema, inner) }, path)
        : [{ path, message: [...new Set(branches.flat().map(plainMessage))].join(', or ') }];
    }
    if (issue.code === 'invalid_key' && Array.isArray(issue.issues)) {
      return [{ path, message: `as a name: ${(issue.issues as readonly Issue[]).map(plainMessage).join(', ')}` }];
    }
    return [{ path, message: plainMessage(issue) }];
  });
}

/** A validator's message in the words that the other messages have. */
function plainMessage({ message }: Issue): string {
  const plain = message.replace(/^Invalid (input|option): /, '');
  return plain.endsWith(', received undefined') ? `is missing, ${plain.replace(/, received undefined$/, '')}` : plain;
}

/** `"wieght" is not a key here; did you mean "weight"?` with the known keys when none is near. */
export function unknownKey(key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  const help =
    guess === undefined ? (known.length > 0 ? `; keys: ${known.join(', ')}` : '') : `; did you mean "${guess}"?`;
  return `"${key}" is not a key here${help}`;
}

/** The candidate a person most likely meant, if one is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) {
    return undefined;
  }
  const guess = closest(word, [...candidates]);
  return distance(word, guess) <= Math.max(2, Math.floor(word.length / 3)) ? guess : undefined;
}

/** Property names that a JSON Schema allows at a path, in any branch of a union. */
export function knownKeys(schema: JsonSchema, path: RecipePath): string[] {
  return [...new Set(schemasAt(schema, path).flatMap(({ properties }) => Object.keys((properties ?? {}) as object)))];
}

function schemasAt(schema: JsonSchema, path: RecipePath): readonly JsonSchema[] {
  const several = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  const branches = several?.flatMap((branch) => schemasAt(branch, [])) ?? [schema];
  const [key, ...rest] = path;
  if (key === undefined) {
    return branches;
  }
  return branches.flatMap(({ properties, items, additionalProperties }) => {
    const next = (properties as Record<string, JsonSchema> | undefined)?.[key] ?? items ?? additionalProperties;
    return typeof next === 'object' && next !== null ? schemasAt(next as JsonSchema, rest) : [];
  });
}

/** Of a union's branches the one that knows the keys and came furthest: what the person was trying to write. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const unknownKeys = (branch: readonly Issue[]) =>
    branch.filter(({ code, path = [] }) => code === 'unrecognized_keys' && path.length === 0).length;
  // A list where a map stands is not what the person was trying to write.
  const isOtherType = ([first]: readonly Issue[]) => Number(first?.code === 'invalid_type' && depthOf([first]) === 0);
  return branches.toSorted(
    (one, other) =>
      isOtherType(one) - isOtherType(other) ||
      unknownKeys(one) - unknownKeys(other) ||
      depthOf(other) - depthOf(one) ||
      one.length - other.length,
  )[0];
}

function depthOf(branch: readonly Issue[]): number {
  return Math.max(0, ...branch.map(({ path = [] }) => path.length));
}
