import type { JsonValue } from './json-value.ts';

/** Deeper text is refused: Python's reader and every recursive writer give up somewhere above this. */
export const maxJsonDepth = 512;

/** Python refuses to read longer integers, so text that holds one could be written but not read back. */
const maxIntegerDigits = 4300;

// In Node since 22, not yet in TypeScript's library.
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

/** JSON, but it holds what could not be written and read again without loss. */
export class JsonLimitError extends SyntaxError {
  readonly limit: 'depth' | 'number';

  constructor(limit: 'depth' | 'number', message: string) {
    super(message);
    this.name = new.target.name;
    this.limit = limit;
  }
}

/** What `stringifyJson` writes; a key whose value is `undefined` is left out. */
export type JsonWritable = JsonValue | readonly JsonWritable[] | { readonly [key: string]: JsonWritable | undefined };

/**
 * `JSON.parse` without its silent losses: an integer that a double cannot hold exactly is a `bigint`, one key named
 * `__proto__` is a key. What cannot be kept (1e400, thousands of levels) throws a JsonLimitError; text that is no JSON throws
 * a SyntaxError.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  if (opens(text) > maxJsonDepth && isDeeperThan(value, maxJsonDepth)) {
    throw new JsonLimitError('depth', `JSON is nested more than ${maxJsonDepth} levels deep`);
  }
  return mayLoseNumbers.test(text) ? JSON.parse(text, keepNumber) : value;
}

/** One line of JSON. A `bigint` becomes a plain integer, -0 stays -0; NaN and infinities throw instead of becoming null. */
export function stringifyJson(value: JsonWritable): string {
  // Asked about every value, `JSON.stringify` takes three times as long.
  return hasOddNumber(value) ? JSON.stringify(value, writeNumber) : JSON.stringify(value);
}

// Cheap and never wrong in the other direction: an unsafe integer has 16 digits or more, an overflow those or a
// three-digit exponent. A hit inside a string only costs the slow path.
const mayLoseNumbers = /\d{16}|\d[eE]\+?\d{3}/;

function keepNumber(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || source === undefined) {
    return value;
  }
  if (!Number.isSafeInteger(value) && /^-?\d+$/.test(source)) {
    if (source.length > maxIntegerDigits) {
      throw new JsonLimitError('number', `JSON holds an integer of more than ${maxIntegerDigits} digits`);
    }
    return BigInt(source);
  }
  if (!Number.isFinite(value)) {
    throw new JsonLimitError('number', `JSON holds the number ${source.slice(0, 40)}, which is too large for a double`);
  }
  return value;
}

function writeNumber(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return rawJSON(String(value));
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new TypeError(`${value} at ${JSON.stringify(key)} has no JSON form`);
    }
    return Object.is(value, -0) ? rawJSON('-0') : value;
  }
  return value;
}

/** Whether something in it is a number that `JSON.stringify` would change or refuse. */
function hasOddNumber(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return !Number.isFinite(value) || Object.is(value, -0);
    case 'bigint':
      return true;
    case 'object':
      return value !== null && (Array.isArray(value) ? value : Object.values(value)).some(hasOddNumber);
    default:
      return false;
  }
}

/** How many brackets open in the text, strings included: an upper bound of its depth. */
function opens(text: string): number {
  let count = 0;
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
    }
  }
  return count;
}

function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}
