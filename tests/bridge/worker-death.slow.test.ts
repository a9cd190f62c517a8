import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openSamplePool } from './sample-pool.ts';

const sample = (name: string): string => `reward/sample#${name}`;

it('W01: answers the next call after one that outlived its deadline', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  await pool.ready();
  const began = performance.now();
  await expect(pool.call(sample('sleep'), { seconds: 30 }, { deadlineMilliseconds: 2000 })).rejects.toMatchObject({
    code: 'REPRO_DEADLINE',
  });
  const elapsed = performance.now() - began;
  expect(elapsed).toBeGreaterThan(1900);
  expect(elapsed).toBeLessThan(4000);
  await expect(pool.call(sample('echo'), { value: 'two' }, { deadlineMilliseconds: 5000 })).resolves.toEqual({
    value: 'two',
  });
});

it('W01: settles 200 calls sent together while the worker is killed three times', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  const calls = Array.from({ length: 200 }, () => pool.call(sample('wait-politely'), { seconds: 0.005 }));
  const settled = Promise.allSettled(calls);
  await pool.ready();
  for (let kill = 0; kill < 3; kill += 1) {
    await sleep(200);
    opened.killNewestWorker();
  }
  const outcomes = await settled;
  expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 'fulfilled'));
});

it('quarantines the one item that kills its worker and gives the others their values', async () => {
  await using opened = await openSamplePool();
  const texts = ['a', 'b', 'poison', 'c', 'd'];
  const ends = new Map<number, unknown>();
  for await (const outcome of opened.pool.run(
    sample('die-of'),
    texts.map((text) => ({ text })),
  )) {
    expect(ends.has(outcome.index)).toBe(false);
    ends.set(outcome.index, outcome.outcome === 'value' ? outcome.value : outcome.error.code);
  }
  expect([0, 1, 2, 3, 4].map((index) => ends.get(index))).toEqual(['a', 'b', 'REPRO_ITEM_KILLS_WORKER', 'c', 'd']);
  expect(opened.events.filter(({ type }) => type === 'quarantined')).toHaveLength(1);
});

it('finds a frozen worker and replaces it', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  await pool.ready();
  const pid = await pool.call(sample('pid'), {});
  const call = pool.call(sample('wait-politely'), { seconds: 0.5 });
  await sleep(100);
  process.kill(Number(pid), 'SIGSTOP');
  await expect(call).resolves.toBe('waited');
  expect(opened.events.filter(({ type }) => type === 'lost')).toHaveLength(1);
});
