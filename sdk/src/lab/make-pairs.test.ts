import { expect, it } from 'vitest';
import { isFaithful } from './labelled-pair.ts';
import { makePairs } from './make-pairs.ts';

const passages = Array.from({ length: 5 }, (_, at) => ({
  id: `p${at}`,
  text: `The ${at + 2} bells of the church were cast in 17${at}4 by Anna Berg of Linden, and they are rung by hand. The tower is open to visitors from 10 to 16. Since the fire of 1861 it has been looked after by a friend of Conrad Vale.`,
}));
const atLeast = 100;

it('makes as many as are wanted, each with what it is made from and the faithful text in its group', () => {
  const pairs = makePairs(passages, { atLeast, seed: 1 });
  expect(pairs.length).toBeGreaterThanOrEqual(atLeast);
  expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
  for (const { group, source, kind, rephrased } of pairs) {
    const passage = passages.find(({ id }) => id === group)?.text ?? '';
    expect(source).toContain(passage);
    expect(source).not.toBe(passage);
    const faithful = pairs.filter((pair) => pair.group === group && isFaithful(pair));
    expect(faithful.map((pair) => pair.rephrased)).toEqual([passage]);
    expect(rephrased === passage).toBe(kind === 'boilerplate-removed');
    expect(rephrased === source).toBe(kind === 'copied');
  }
});

it('gives the same pairs for the same seed, and other ones for another', () => {
  const make = (seed: number) => makePairs(passages, { atLeast, seed });
  expect(make(1)).toEqual(make(1));
  expect(make(2)).not.toEqual(make(1));
});

it('makes the wanted faults only, and the faithful texts to compare them with', () => {
  const kinds = makePairs(passages, { atLeast: 30, seed: 1, kinds: ['number-changed', 'copied'] }).map(
    ({ kind }) => kind,
  );
  expect(new Set(kinds)).toEqual(new Set(['boilerplate-removed', 'copied', 'number-changed']));
  expect(makePairs(passages, { atLeast, seed: 1, kinds: ['summary'] })).toEqual([]);
});

it('ends where passages have no more to change', () => {
  const pairs = makePairs([{ id: 'short', text: 'Nothing here.' }], { atLeast: 1000, seed: 1 });
  expect(pairs.length).toBeLessThan(100);
  expect(makePairs([], { atLeast: 1000, seed: 1 })).toEqual([]);
});
