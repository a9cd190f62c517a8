import { dirname } from 'node:path';
import { type Document, isMap, isNode, isPair, isSeq, LineCounter, parseDocument } from 'yaml';
import { RecipeError, type RecipePath, type RecipePlace } from '../errors/recipe.ts';

export type { RecipePath, RecipePlace };

/** One layer of a recipe: a file, an object in a program, or what `--set` gave. */
export interface RecipeSource {
  /** Absent for an object and for `--set`. */
  readonly file?: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where a value stands, when this layer has it. */
  locate(path: RecipePath): RecipePlace | undefined;
}

/** Parses YAML 1.2; every error has its line and column. */
export function parseRecipeFile(text: string, file: string): RecipeSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const folder = dirname(file);
  const placeAt = (offset: number): RecipePlace => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col, folder };
  };
  const problems = document.errors.map(({ message, pos }) => ({ path: [], message, place: placeAt(pos[0]) }));
  if (problems.length > 0) {
    throw new RecipeError(problems);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new RecipeError([{ path: [], message: (error as Error).message, place: placeAt(0) }]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecipeError([
      {
        path: [],
        message: `found ${describe(value)}, expected keys such as "name:" and "dataset:"`,
        place: placeAt(0),
      },
    ]);
  }
  return {
    file,
    value: value as Record<string, unknown>,
    locate: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : placeAt(offset);
    },
  };
}

/** A layer without lines: an object in a program, or values set on the command line. */
export function objectSource(value: Readonly<Record<string, unknown>>, folder: string): RecipeSource {
  return {
    value,
    locate(path) {
      let at: unknown = value;
      for (const key of path) {
        if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) {
          return undefined;
        }
        at = (at as Record<string | number, unknown>)[key];
      }
      return { folder };
    },
  };
}

/** Offset of the key (of a map) or of the item (of a list) at `path`. */
function offsetOf(document: Document, path: RecipePath): number | undefined {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && String(isNode(item.key) ? item.key.toJSON() : item.key) === String(key),
      );
      if (pair === undefined) {
        return undefined;
      }
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      if (node === undefined) {
        return undefined;
      }
      offset = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
    } else {
      return undefined;
    }
  }
  return offset;
}

function describe(value: unknown): string {
  return value === null || value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
