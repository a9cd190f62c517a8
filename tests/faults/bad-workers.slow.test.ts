import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { openSamplePool, type SamplePool } from '../bridge/sample-pool.ts';

// Workers that misbehave, in real processes: every call ends, every item ends once, and the next call is answered.

const bad = (name: string): string => `reward/bad#${name}`;
const openBadPool = (file = 'bad.py', maxRestarts = 5): Promise<SamplePool> =>
  openSamplePool({
    worker: {
      kind: 'handler',
      device: 'cpu',
      handlers: [
        { prefix: 'reward/bad', file: fileURLToPath(new URL(`handlers/${file}`, import.meta.url)), requires: [] },
      ],
    },
    maxRestarts,
  });

async function expectAnswers({ pool }: SamplePool): Promise<void> {
  await expect(pool.call(bad('echo'), { text: 'still here' })).resolves.toBe('still here');
}
const lossesOf = ({ events }: SamplePool) => events.filter(({ type }) => type === 'lost').length;
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

it('one that spins with the interpreter lock is not lost for it, and is replaced when its time is up', async () => {
  await using opened = await openBadPool();
  await opened.pool.ready();
  const began = performance.now();
  const call = opened.pool.call(bad('spin'), {}, { deadlineMilliseconds: 3000 });
  await expect(call).rejects.toMatchObject({ code: 'REPRO_DEADLINE' });
  expect(performance.now() - began).toBeGreaterThan(2900); // ZeroMQ's own thread still answers for it
  await expectAnswers(opened);
  expect(lossesOf(opened)).toBe(1);
});

it('an item that ends every worker is told so, and its 127 neighbours come through', async () => {
  await using opened = await openBadPool();
  const texts = Array.from({ length: 128 }, (_, index) => (index === 64 ? 'poison' : `${index}`));
  const ends = new Map<number, unknown>();
  for await (const outcome of opened.pool.run(
    bad('exit-of'),
    texts.map((text) => ({ text })),
  )) {
    expect(ends.has(outcome.index)).toBe(false);
    ends.set(outcome.index, outcome.outcome === 'value' ? outcome.value : outcome.error.code);
  }
  expect(texts.map((_, index) => ends.get(index))).toEqual(
    texts.map((text) => (text === 'poison' ? 'REPRO_ITEM_KILLS_WORKER' : text)),
  );
});

it('one that was frozen, declared lost and wakes up again adds nothing, and is gone', async () => {
  await using opened = await openBadPool();
  const { pool } = opened;
  await pool.ready();
  const sleeper = Number(await pool.call(bad('pid'), {}));
  const [guardian = 0] = opened.pids();
  const calls = ['a', 'b', 'c'].map((text) => pool.call(bad('deaf-sleep'), { seconds: 0.3 }).then(() => text));
  await sleep(100);
  process.kill(guardian, 'SIGSTOP');
  process.kill(sleeper, 'SIGSTOP');
  await vi.waitFor(() => expect(lossesOf(opened)).toBe(1), { timeout: 10_000 });
  process.kill(sleeper, 'SIGCONT');
  process.kill(guardian, 'SIGCONT');
  expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
  await vi.waitFor(() => expect([sleeper, guardian].filter(isRunning)).toEqual([]), { timeout: 10_000 });
  await expectAnswers(opened);
  expect(lossesOf(opened)).toBe(1);
});

it('W01: an answer that comes after its worker was given up is dropped and counted', async () => {
  await using opened = await openBadPool();
  const { pool, bridge } = opened;
  await pool.ready();
  const [guardian = 0] = opened.pids();
  const call = pool.call(bad('deaf-sleep'), { seconds: 2.5 }, { deadlineMilliseconds: 500 });
  process.kill(guardian, 'SIGSTOP'); // so that nobody ends the model process when the host asks for it
  await expect(call).rejects.toMatchObject({ code: 'REPRO_DEADLINE' });
  expect(bridge.dropped.stranger).toBe(0);
  await vi.waitFor(() => expect(bridge.dropped.stranger).toBeGreaterThan(0), { timeout: 3000 });
  await expectAnswers(opened);
});

it('what a handler does to its input stays with it', async () => {
  await using opened = await openBadPool();
  const input = { texts: ['as it was'] };
  await expect(opened.pool.call(bad('change-input'), input)).resolves.toEqual(['as it was', 'changed']);
  expect(input.texts).toEqual(['as it was']);
});

it('an answer that is nested too deeply is an error of its item', async () => {
  await using opened = await openBadPool();
  await expect(opened.pool.call(bad('deep'), {})).rejects.toMatchObject({ code: 'REPRO_WORKER_HANDLER' });
  await expectAnswers(opened);
  expect(lossesOf(opened)).toBe(0);
});

it('an item that needs more memory than there is fails alone; its worker goes on', async () => {
  await using opened = await openBadPool();
  const { pool } = opened;
  await pool.call(bad('limit-memory'), { megabytes: 300 });
  const sizes = [10, 4000, 20];
  const ends = await Promise.all(
    sizes.map((megabytes) => pool.call(bad('allocate'), { megabytes }).catch(({ code }) => code)),
  );
  expect(ends).toEqual([10 << 20, 'REPRO_OUT_OF_MEMORY', 20 << 20]);
  expect(lossesOf(opened)).toBe(0);
});

it('a worker that leaks until there is no memory left is replaced after five items that find none', async () => {
  await using opened = await openBadPool();
  const { pool } = opened;
  await pool.call(bad('limit-memory'), { megabytes: 300 });
  const ends: unknown[] = [];
  for (let count = 0; count < 16; count += 1) {
    ends.push(await pool.call(bad('leak'), { megabytes: 50 }).catch(({ code }) => code));
  }
  const failed = ends.filter((end) => typeof end !== 'number');
  expect(failed).toEqual(Array.from({ length: 5 }, () => 'REPRO_OUT_OF_MEMORY'));
  const pids = ends.filter((end) => typeof end === 'number');
  expect(new Set(pids).size).toBe(2);
});

it('W01: one that dies whenever it starts is given up: every call ends with what it wrote last', async () => {
  await using opened = await openBadPool('dies_at_start.py', 2);
  const calls = ['a', 'b'].map((text) => opened.pool.call(bad('echo'), { text }));
  for (const call of calls) {
    await expect(call).rejects.toMatchObject({ code: 'REPRO_WORKER_LOST', output: ['no such driver'] });
  }
  expect(lossesOf(opened)).toBe(3);
});
