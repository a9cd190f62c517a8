import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge, WorkerPool } from '@repro/bridge';
import { openBridge } from '@repro/bridge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handlers, python } from './sample-pool.ts';

const askHost = 'reward/sample#ask-host';
let bridge: Bridge;
let other: WorkerPool;
let pool: WorkerPool;

beforeAll(async () => {
  bridge = await openBridge();
  const answers: Readonly<Record<string, () => Promise<unknown>>> = {
    fine: async () => 'an answer 😀',
    throws: async () => {
      throw new TypeError('no such judge');
    },
    'never ends': () => new Promise(() => {}),
    'cannot be sent': async () => 'half a character \ud800',
    'asks its own pool': () => pool.call(askHost, { value: 'fine' }),
    'asks another pool': () => other.call('reward/sample#echo', { value: 'from the other' }),
    'asks its own pool through another': () => other.call(askHost, { value: null }),
  };
  pool = bridge.createPool({
    name: 'asking',
    worker: handlers('sample.py'),
    python,
    callbacks: { answer: async (input) => await answers[String(input)]?.() },
  });
  other = bridge.createPool({
    name: 'other',
    worker: handlers('sample.py'),
    python,
    callbacks: { answer: () => pool.call(askHost, { value: 'fine' }) },
  });
  await Promise.all([pool.ready(), other.ready()]);
});

afterAll(() => bridge[Symbol.asyncDispose]());

it('answers a worker that calls back', async () => {
  await expect(pool.call(askHost, { value: 'fine' })).resolves.toBe('an answer 😀');
});

it('lets a callback call another pool', async () => {
  await expect(pool.call(askHost, { value: 'asks another pool' })).resolves.toEqual({ value: 'from the other' });
});

it.each([
  ['throws', 'REPRO_CALLBACK_FAILED'],
  ['never ends', 'REPRO_DEADLINE'],
  ['cannot be sent', 'REPRO_INVALID_INPUT'],
  ['asks its own pool', 'REPRO_CALLBACK_REENTRANT'],
  ['asks its own pool through another', 'REPRO_CALLBACK_REENTRANT'],
])('tells the worker why a callback that %s has no answer', async (value, code) => {
  await expect(pool.call(askHost, { value })).rejects.toMatchObject({ code });
});

it('wakes a worker that waits for a callback when its item is cancelled', async () => {
  const controller = new AbortController();
  const call = pool.call(askHost, { value: 'never ends' }, { abortSignal: controller.signal });
  await sleep(100);
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  const began = performance.now();
  await expect(pool.call(askHost, { value: 'fine' })).resolves.toBe('an answer 😀');
  expect(performance.now() - began).toBeLessThan(1000);
});
