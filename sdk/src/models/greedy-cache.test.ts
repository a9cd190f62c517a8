import { expect, it } from 'vitest';
import { fakeCompletion } from '../testing/fake-completion.ts';
import { GreedyCache } from './greedy-cache.ts';

it('keeps an answer under way and afterwards', async () => {
  const cache = new GreedyCache();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof fakeCompletion>>();
  cache.set('key', promise);
  expect(cache.get('key')).toBe(promise);
  resolve(fakeCompletion('yes'));
  await promise;
  expect(cache.get('key')).toBe(promise);
});

it('forgets failures, thrown or given as a value', async () => {
  const cache = new GreedyCache();
  const thrown = Promise.reject(new Error('lost'));
  cache.set('thrown', thrown);
  cache.set('value', Promise.resolve({ outcome: 'failed', reason: 'engine-error' }));
  await thrown.catch(() => undefined);
  await new Promise(setImmediate);
  expect([cache.get('thrown'), cache.get('value')]).toEqual([undefined, undefined]);
});

it('keeps the answers that were asked for last', () => {
  const cache = new GreedyCache();
  const answer = Promise.resolve(fakeCompletion('yes'));
  for (let number = 0; number < 20_000; number++) {
    cache.set(String(number), answer);
  }
  cache.get('0');
  cache.set('one more', answer);
  expect([cache.get('0'), cache.get('1'), cache.get('2')]).toEqual([answer, undefined, answer]);
});

it('tells revisions, prompts and samplings apart', () => {
  const cache = new GreedyCache();
  const keys = [
    cache.key('1', { text: 'a', sampling: {} }),
    cache.key('2', { text: 'a', sampling: {} }),
    cache.key('1', { text: 'b', sampling: {} }),
    cache.key('1', { text: 'a', sampling: { maxTokens: 1 } }),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(cache.key('1', { text: 'a', sampling: {} })).toBe(keys[0]);
});
