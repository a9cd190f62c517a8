import { maxDepth } from './write-msgpack.ts';

/**
 * One msgpack value that fills `bytes`. Integers beyond 53 bits come as bigints. Texts arrive unit by unit, a byte order
 * mark at their start included. Throws a RangeError at whatever is cut off, too deep, or of a type that JSON has not.
 */
export function readMsgpack(bytes: Buffer): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) {
    throw new RangeError(`${bytes.length - reader.at} bytes are left over`);
  }
  return value;
}

/** A message of ours holds a value a few levels down. */
const deepest = maxDepth + 8;

class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(depth: number): unknown {
    const type = this.#unsigned(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f, depth);
    if (type < 0xa0) return this.#array(type & 0x0f, depth);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#bytes.readFloatBE(this.#skip(4));
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(2 ** (type - 0xcc));
      case 0xcf:
        return asNumberIfExact(this.#bytes.readBigUInt64BE(this.#skip(8)));
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#signed(2 ** (type - 0xd0));
      case 0xd3:
        return asNumberIfExact(this.#bytes.readBigInt64BE(this.#skip(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(2 ** (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 ** (type - 0xdb)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 ** (type - 0xdd)), depth);
      default:
        throw new RangeError(`byte ${this.at - 1} begins a value of type 0x${type.toString(16)}`);
    }
  }

  #text(length: number): string {
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, this.at);
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    const values: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      values.push(this.value(depth + 1));
    }
    return values;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    this.#enter(length, depth);
    const map: Record<string, unknown> = {};
    for (let index = 0; index < length; index += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') {
        throw new RangeError(`a key is no text before byte ${this.at}`);
      }
      const value = this.value(depth + 1);
      if (key === '__proto__') {
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        map[key] = value;
      }
    }
    return map;
  }

  /** Every element has a byte at least, so that a length alone cannot make us reserve memory. */
  #enter(length: number, depth: number): void {
    if (depth >= deepest) {
      throw new RangeError(`more than ${deepest} levels of nesting`);
    }
    if (length > this.#bytes.length - this.at) {
      throw new RangeError(`${length} elements are said to follow byte ${this.at}`);
    }
  }

  #unsigned(size: number): number {
    return this.#bytes.readUIntBE(this.#skip(size), size);
  }

  #signed(size: number): number {
    return this.#bytes.readIntBE(this.#skip(size), size);
  }

  /** Where the next `length` bytes begin. */
  #skip(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) {
      throw new RangeError(`it ends ${length - (this.#bytes.length - start)} bytes too early`);
    }
    this.at += length;
    return start;
  }
}

function asNumberIfExact(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}
