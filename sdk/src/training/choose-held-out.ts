import { hash } from 'node:crypto';

/** Documents that are not trained on. By their text, so that two with the same one never stand on both sides. */
export interface HeldOutTexts {
  has(text: string): boolean;
  readonly all: readonly string[];
}

/**
 * Those `most` texts whose seeded hash is smallest, at most half of the distinct ones; which they are does not depend on
 * their order.
 */
export async function chooseHeldOut(
  texts: AsyncIterable<string>,
  { most, seed }: { readonly most: number; readonly seed: number },
): Promise<HeldOutTexts> {
  const hashOf = (text: string) => hash('sha256', `${seed}\n${text}`);
  const seen = new Set<string>();
  const smallest: { readonly own: string; readonly text: string }[] = [];
  for await (const text of texts) {
    const own = hashOf(text);
    // 64 bits of a hash tell some hundred thousand texts apart.
    if (seen.has(own.slice(0, 16))) {
      continue;
    }
    seen.add(own.slice(0, 16));
    if (smallest.length < most || own < (smallest.at(-1)?.own ?? '')) {
      const place = smallest.findIndex((other) => own < other.own);
      smallest.splice(place === -1 ? smallest.length : place, 0, { own, text });
      smallest.splice(most);
    }
  }
  const chosen = smallest.slice(0, Math.floor(seen.size / 2));
  const hashes = new Set(chosen.map(({ own }) => own));
  return { has: (text) => hashes.has(hashOf(text)), all: chosen.map(({ text }) => text) };
}
