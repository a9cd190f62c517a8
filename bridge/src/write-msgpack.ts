import { InvalidInputError } from './errors/invalid-input.ts';
import { MessageTooLargeError } from './errors/message-too-large.ts';
import { maxMessageBytes } from './protocol.ts';

/** A value as msgpack. Inside another it is neither checked nor written again, and it stays what it was. */
export class WireValue {
  readonly encoded: Buffer;

  constructor(encoded: Buffer) {
    this.encoded = encoded;
  }

  get bytes(): number {
    return this.encoded.length;
  }
}

export interface WriteOptions {
  /** For an error: `An input`. */
  readonly what: string;
  readonly mostBytes: number;
  /** Bytes before the value that the caller fills. */
  readonly headBytes?: number;
}

/**
 * Writes a value that arrives as it is: plain JSON values with well-formed strings, bigints of at most 64 bits, whole
 * numbers as integers. A key whose value is `undefined` is left out. Throws an `InvalidInputError` that names the place of
 * anything else, and a `MessageTooLargeError`.
 */
export function writeMsgpack(value: unknown, { what, mostBytes, headBytes = 0 }: WriteOptions): Buffer {
  const writer = new Writer(headBytes, mostBytes);
  try {
    writer.value(value);
  } catch (error) {
    throw error instanceof NoRoom ? tooLarge(what, mostBytes) : error;
  }
  return writer.finish();
}

/** Both sides refuse deeper values: recursive readers give up somewhere above this. */
export const maxDepth = 512;

const smallestInteger = -(2n ** 63n);
const largestInteger = 2n ** 64n - 1n;

/** Every value is written here and copied out, which costs less than to measure it first. */
const scratch = Buffer.allocUnsafeSlow(maxMessageBytes);

class NoRoom extends Error {}

class Writer {
  readonly #path: (string | number)[] = [];
  readonly #end: number;
  #at: number;

  constructor(start: number, end: number) {
    this.#at = start;
    this.#end = end;
  }

  finish(): Buffer {
    return Buffer.from(scratch.subarray(0, this.#at));
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text(value);
        break;
      case 'number':
        this.#number(value);
        break;
      case 'boolean':
        this.#byte(value ? 0xc3 : 0xc2);
        break;
      case 'bigint':
        this.#bigint(value);
        break;
      case 'object':
        this.#object(value);
        break;
      default:
        throw this.#refusal(`a value of type ${typeof value}`);
    }
  }

  #object(value: object | null): void {
    if (value === null) {
      this.#byte(0xc0);
    } else if (this.#path.length >= maxDepth) {
      throw this.#refusal(`more than ${maxDepth} levels of nesting`);
    } else if (Array.isArray(value)) {
      this.#array(value);
    } else if (value instanceof WireValue) {
      value.encoded.copy(scratch, this.#take(value.bytes));
    } else {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) {
        throw this.#refusal(`an instance of ${value.constructor?.name || 'a class'}`);
      }
      this.#map(value as Readonly<Record<string, unknown>>);
    }
  }

  #array(values: readonly unknown[]): void {
    this.#containerHead(values.length, 0x90, 0xdc);
    for (let index = 0; index < values.length; index += 1) {
      this.#path.push(index);
      this.value(values[index]);
      this.#path.pop();
    }
  }

  #map(map: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(map).filter((key) => map[key] !== undefined);
    this.#containerHead(keys.length, 0x80, 0xde);
    for (const key of keys) {
      this.#path.push(key);
      this.#text(key);
      this.value(map[key]);
      this.#path.pop();
    }
  }

  #text(text: string): void {
    if (!text.isWellFormed()) {
      throw this.#refusal('text with a lone surrogate (half of a character)');
    }
    // A UTF-16 unit takes one to three bytes of UTF-8. Counting them would read the text once more, so that is only done
    // where the head depends on it, or the room.
    const [least, most] = [text.length, 3 * text.length];
    const isClear = textHeadBytes(least) === textHeadBytes(most) && this.#at + 5 + most <= this.#end;
    const expected = isClear ? least : Buffer.byteLength(text);
    const headBytes = textHeadBytes(expected);
    const start = this.#take(headBytes + expected);
    const bytes = scratch.write(text, start + headBytes);
    if (headBytes === 1) {
      scratch[start] = 0xa0 | bytes;
    } else {
      scratch[start] = { 2: 0xd9, 3: 0xda, 5: 0xdb }[headBytes] ?? 0;
      scratch.writeUIntBE(bytes, start + 1, headBytes - 1);
    }
    this.#at = start + headBytes + bytes;
  }

  /** Up to 15 elements stand in the type itself. */
  #containerHead(length: number, short: number, long: number): void {
    if (length < 0x10) {
      this.#byte(short | length);
    } else if (length < 0x10000) {
      this.#unsigned(long, length, 2);
    } else {
      this.#unsigned(long + 1, length, 4);
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#byte(0xcb);
      scratch.writeDoubleBE(value, this.#take(8));
    } else if (value > 0xffffffff || value < -0x80000000) {
      this.#bigint(BigInt(value));
    } else if (value >= 0x80) {
      const size = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
      this.#unsigned({ 1: 0xcc, 2: 0xcd, 4: 0xce }[size], value, size);
    } else if (value >= -0x20) {
      this.#byte(value & 0xff);
    } else {
      const size = value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4;
      this.#byte({ 1: 0xd0, 2: 0xd1, 4: 0xd2 }[size]);
      scratch.writeIntBE(value, this.#take(size), size);
    }
  }

  #bigint(value: bigint): void {
    if (value < smallestInteger || value > largestInteger) {
      throw this.#refusal('an integer of more than 64 bits');
    }
    const isSigned = value < 2n ** 63n;
    this.#byte(isSigned ? 0xd3 : 0xcf);
    scratch.writeBigUInt64BE(BigInt.asUintN(64, value), this.#take(8));
  }

  #unsigned(type: number, value: number, size: number): void {
    this.#byte(type);
    scratch.writeUIntBE(value, this.#take(size), size);
  }

  #byte(value: number): void {
    scratch[this.#take(1)] = value;
  }

  /** Where the next `bytes` bytes begin. */
  #take(bytes: number): number {
    const start = this.#at;
    this.#at += bytes;
    if (this.#at > this.#end) {
      throw new NoRoom();
    }
    return start;
  }

  #refusal(found: string): InvalidInputError {
    const place = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key.toWellFormed()}`)).join('');
    return new InvalidInputError(
      `Cannot send ${found} at \`$${place}\`; the bridge carries JSON values in well-formed Unicode.`,
    );
  }
}

function textHeadBytes(bytes: number): number {
  return bytes < 0x20 ? 1 : bytes < 0x100 ? 2 : bytes < 0x10000 ? 3 : 5;
}

function tooLarge(what: string, mostBytes: number): MessageTooLargeError {
  return new MessageTooLargeError(`${what} takes more than the ${mostBytes} bytes that can be sent.`, {
    hint: 'Send less at once: split the text, or pass a path to a file.',
  });
}
