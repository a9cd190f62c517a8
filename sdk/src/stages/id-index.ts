import { hash } from 'node:crypto';

/**
 * Every id seen so far, 16 bytes each: a 128-bit hash in an open-addressed table. With 10^9 ids the chance that two
 * different ones are taken for one is below 10^-20.
 */
export class IdIndex {
  #table = new BigUint64Array(2 * 1024);
  #size = 0;

  /** False when the id was there already. */
  add(id: string): boolean {
    if (this.#size * 4 > this.#table.length) {
      this.#grow();
    }
    return this.#insert(...keyOf(id));
  }

  has(id: string): boolean {
    const [first, second] = keyOf(id);
    const slot = this.#find(first, second);
    return this.#table[slot] !== 0n;
  }

  #insert(first: bigint, second: bigint): boolean {
    const slot = this.#find(first, second);
    if (this.#table[slot] !== 0n) {
      return false;
    }
    this.#table[slot] = first;
    this.#table[slot + 1] = second;
    this.#size += 1;
    return true;
  }

  /** Where the key stands, or the free place where it would. */
  #find(first: bigint, second: bigint): number {
    const table = this.#table;
    const mask = BigInt(table.length / 2 - 1);
    for (let slot = Number((first >> 1n) & mask) * 2; ; slot = (slot + 2) % table.length) {
      if (table[slot] === 0n || (table[slot] === first && table[slot + 1] === second)) {
        return slot;
      }
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new BigUint64Array(old.length * 2);
    this.#size = 0;
    for (let slot = 0; slot < old.length; slot += 2) {
      const [first, second] = [old[slot] ?? 0n, old[slot + 1] ?? 0n];
      if (first !== 0n) {
        this.#insert(first, second);
      }
    }
  }
}

type Key = readonly [first: bigint, second: bigint];

/** Most ids are looked for in several indexes one after the other. */
let lastHashed: { readonly id: string; readonly key: Key } | undefined;

/** 128 bits of a hash; the first 64 are never 0, which marks a free place. */
function keyOf(id: string): Key {
  if (lastHashed?.id !== id) {
    const bytes = hash('sha256', id, 'buffer');
    lastHashed = { id, key: [bytes.readBigUInt64LE(0) | 1n, bytes.readBigUInt64LE(8)] };
  }
  return lastHashed.key;
}
