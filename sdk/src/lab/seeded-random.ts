import { hash } from 'node:crypto';

/** Gives numbers from 0 to below 1; the same parts give the same numbers. */
export function seededRandom(...parts: readonly (string | number)[]): () => number {
  let state = Number.parseInt(hash('sha256', JSON.stringify(parts)).slice(0, 8), 16);
  // splitmix32
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** One of the items, or nothing where there is none. */
export function choose<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
