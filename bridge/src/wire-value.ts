import { InvalidInputError } from './errors/invalid-input.ts';

/** A value that was checked, as msgpack can carry it. Inside another it is not checked again. */
export class WireValue {
  readonly value: unknown;
  /** No fewer than it takes; up to three times as many for text, whose bytes are not counted. */
  readonly bytesAtMost: number;

  constructor(value: unknown, bytesAtMost: number) {
    this.value = value;
    this.bytesAtMost = bytesAtMost;
  }

  /** What it takes as msgpack. */
  countBytes(): number {
    const walk: Walk = { path: [], bytes: 0, countsText: true };
    visit(this.value, walk);
    return walk.bytes;
  }
}

/** Both sides refuse deeper values: recursive readers give up somewhere above this. */
const maxDepth = 512;

const mostBytesOfCodeUnit = 3;

const smallestInteger = -(2n ** 63n);
const largestInteger = 2n ** 64n - 1n;

/**
 * Checks that `value` arrives as it is: plain JSON values with well-formed strings, bigints of at most 64 bits. A whole
 * number that msgpackr would send as a float (above 32 bits) becomes a bigint, a key whose value is `undefined` is left
 * out. Copies only what it changes. Throws an `InvalidInputError` that names the place.
 */
export function toWireValue(value: unknown): WireValue {
  const walk: Walk = { path: [], bytes: 0, countsText: false };
  return new WireValue(visit(value, walk), walk.bytes);
}

interface Walk {
  readonly path: (string | number)[];
  bytes: number;
  readonly countsText: boolean;
}

function visit(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return visitString(value, walk);
    case 'number':
      walk.bytes += numberBytes(value);
      return needsBigInt(value) ? BigInt(value) : value;
    case 'boolean':
      walk.bytes += 1;
      return value;
    case 'bigint':
      if (value < smallestInteger || value > largestInteger) {
        throw refuse(`an integer of more than 64 bits`, walk);
      }
      walk.bytes += 9;
      return value;
    case 'object':
      return visitObject(value, walk);
    default:
      throw refuse(`a value of type ${typeof value}`, walk);
  }
}

function visitString(text: string, walk: Walk): string {
  if (!text.isWellFormed()) {
    throw refuse('text with a lone surrogate (half of a character)', walk);
  }
  const bytes = walk.countsText ? Buffer.byteLength(text) : text.length * mostBytesOfCodeUnit;
  walk.bytes += bytes + (bytes < 0x20 ? 1 : bytes < 0x100 ? 2 : bytes < 0x10000 ? 3 : 5);
  return text;
}

function visitObject(value: object | null, walk: Walk): unknown {
  if (value === null) {
    walk.bytes += 1;
    return null;
  }
  if (walk.path.length >= maxDepth) {
    throw refuse(`more than ${maxDepth} levels of nesting`, walk);
  }
  if (Array.isArray(value)) {
    return visitArray(value, walk);
  }
  if (value instanceof WireValue) {
    walk.bytes += value.bytesAtMost;
    return value.value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refuse(`an instance of ${value.constructor?.name || 'a class'}`, walk);
  }
  return visitMap(value as Readonly<Record<string, unknown>>, walk);
}

function visitArray(values: readonly unknown[], walk: Walk): readonly unknown[] {
  walk.bytes += containerBytes(values.length);
  let copy: unknown[] | undefined;
  for (let index = 0; index < values.length; index += 1) {
    walk.path.push(index);
    const sent = visit(values[index], walk);
    walk.path.pop();
    if (sent !== values[index]) {
      copy ??= values.slice();
      copy[index] = sent;
    }
  }
  return copy ?? values;
}

function visitMap(map: Readonly<Record<string, unknown>>, walk: Walk): Readonly<Record<string, unknown>> {
  const changed: [string, unknown][] = [];
  const absent: string[] = [];
  for (const [key, value] of Object.entries(map)) {
    walk.path.push(key);
    if (value === undefined) {
      absent.push(key);
    } else {
      visitString(key, walk);
      const sent = visit(value, walk);
      if (sent !== value) {
        changed.push([key, sent]);
      }
    }
    walk.path.pop();
  }
  walk.bytes += containerBytes(Object.keys(map).length - absent.length);
  if (changed.length === 0 && absent.length === 0) {
    return map;
  }
  const replaced = new Map(changed);
  const kept = Object.entries(map).filter(([key]) => !absent.includes(key));
  // `fromEntries` defines properties, so that even `__proto__` stays a key.
  return Object.fromEntries(kept.map(([key, value]) => [key, replaced.has(key) ? replaced.get(key) : value]));
}

function numberBytes(value: number): number {
  if (!Number.isInteger(value) || value > 0xffffffff || value < -0x80000000) {
    return 9;
  }
  if (value >= 0) {
    return value < 0x80 ? 1 : value < 0x100 ? 2 : value < 0x10000 ? 3 : 5;
  }
  return value >= -0x20 ? 1 : value >= -0x80 ? 2 : value >= -0x8000 ? 3 : 5;
}

function containerBytes(length: number): number {
  return length < 0x10 ? 1 : length < 0x10000 ? 3 : 5;
}

/** Whole, exact, and beyond the 32 bits up to which msgpackr writes integers. */
function needsBigInt(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && (value > 0xffffffff || value < -0x80000000);
}

function refuse(found: string, { path }: Walk): InvalidInputError {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key.toWellFormed()}`)).join('');
  return new InvalidInputError(
    `Cannot send ${found} at \`$${place}\`; the bridge carries JSON values in well-formed Unicode.`,
  );
}
