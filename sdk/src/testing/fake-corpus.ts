import { hash } from 'node:crypto';
import type { CorpusPair, CorpusSubject } from '../contract/evaluator.ts';

/** A recycled corpus of these pairs, for evaluators. */
export function fakeCorpus(pairs: readonly CorpusPair[]): CorpusSubject {
  return {
    async *pairs() {
      yield* pairs;
    },
    async sample(count, seed) {
      const drawn = pairs.map((pair) => ({ pair, draw: hash('sha256', `${seed}\n${pair.id}`) }));
      return drawn
        .toSorted((one, other) => (one.draw < other.draw ? -1 : 1))
        .slice(0, count)
        .map(({ pair }) => pair);
    },
  };
}
