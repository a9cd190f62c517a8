import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, openBridge } from '@repro/bridge';
import { expect, it } from 'vitest';
import { handlers, openSamplePool, python } from './sample-pool.ts';

const sample = (name: string): string => `reward/sample#${name}`;

it('carries every kind of value there and back', async () => {
  await using opened = await openSamplePool();
  const value = {
    text: 'naïve 😀 \u0000 日本語',
    integers: [0, -1, 2 ** 32, -(2 ** 40), 2 ** 53 - 1],
    large: [9_007_199_254_740_993n, -(2n ** 63n), 2n ** 64n - 1n],
    floats: [0.1, -1.5e300],
    nothing: null,
    nested: { '': [[], {}, [{ a: [true, false] }]] },
  };
  await expect(opened.pool.call(sample('echo'), { value })).resolves.toEqual({ value });
});

it('gives each index exactly once, the others beside one that cannot be sent', async () => {
  await using opened = await openSamplePool({ replicas: 2 });
  const inputs = [
    ...Array.from({ length: 50 }, (_, index) => ({ value: index })),
    { value: 'half a character \ud800' },
  ];
  const seen: number[] = [];
  for await (const outcome of opened.pool.run(sample('echo'), inputs)) {
    seen.push(outcome.index);
    if (outcome.index === 50) {
      expect(outcome).toMatchObject({ outcome: 'error', error: { code: 'REPRO_INVALID_INPUT' } });
    } else {
      expect(outcome).toEqual({ index: outcome.index, outcome: 'value', value: { value: outcome.index } });
    }
  }
  expect(seen.sort((a, b) => a - b)).toEqual(inputs.map((_, index) => index));
});

it('names the field that a handler cannot read', async () => {
  await using opened = await openSamplePool();
  const call = opened.pool.call(sample('sleep'), { seconds: 'soon' });
  await expect(call).rejects.toBeInstanceOf(InvalidInputError);
  await expect(call).rejects.toThrow(/\$\.seconds/);
});

it('keeps type, message and traceback of what a handler raised', async () => {
  await using opened = await openSamplePool();
  const error = await opened.pool.call(sample('fail'), { text: 'toast' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'REPRO_WORKER_HANDLER', retryable: false });
  expect(error).toHaveProperty('message', expect.stringContaining('toast'));
  expect(error).toHaveProperty('traceback', expect.stringContaining('sample.py'));
});

it('says which methods there are when there is no such method', async () => {
  await using opened = await openSamplePool();
  const call = opened.pool.call(sample('ehco'), {});
  await expect(call).rejects.toMatchObject({ code: 'REPRO_UNKNOWN_METHOD' });
  await expect(call).rejects.toThrow(/reward\/sample#echo/);
});

it('streams values, and only to who asked for a stream', async () => {
  await using opened = await openSamplePool();
  const values: unknown[] = [];
  for await (const value of opened.pool.stream(sample('count'), { count: 5000 })) {
    values.push(value);
  }
  expect(values).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  await expect(opened.pool.call(sample('count'), { count: 2 })).rejects.toMatchObject({
    code: 'REPRO_WORKER_PROTOCOL',
  });
});

it('pauses a stream whose values nobody takes, but not while another call waits behind it', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  const stream = pool.stream(sample('count'), { count: 200_000 })[Symbol.asyncIterator]();
  expect(await stream.next()).toMatchObject({ value: 0 });
  await sleep(300);
  await expect(pool.call(sample('echo'), { value: 1 })).resolves.toEqual({ value: 1 });
  let last = 0;
  for (let next = await stream.next(); !next.done; next = await stream.next()) {
    last = Number(next.value);
  }
  expect(last).toBe(199_999);
});

it('stops a stream that is left early', async () => {
  await using opened = await openSamplePool();
  for await (const value of opened.pool.stream(sample('count'), { count: 1_000_000_000 })) {
    if (value === 10) {
      break;
    }
  }
  await expect(opened.pool.call(sample('echo'), { value: 1 })).resolves.toEqual({ value: 1 });
  expect(opened.events.filter(({ type }) => type === 'lost')).toEqual([]);
});

it('rejects at once with the reason of an abort, and the worker is free again', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  await pool.ready();
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const call = pool.call(sample('wait-politely'), { seconds: 30 }, { abortSignal: controller.signal });
  setTimeout(() => controller.abort(reason), 100);
  await expect(call).rejects.toBe(reason);
  await expect(pool.call(sample('echo'), { value: 1 })).resolves.toEqual({ value: 1 });
  expect(opened.events.filter(({ type }) => type === 'lost')).toEqual([]);
  await expect(pool.call(sample('echo'), {}, { abortSignal: controller.signal })).rejects.toBe(reason);
});

it('W01: fails a start at once with the traceback when a handler file cannot be imported', async () => {
  await using opened = await openSamplePool({ worker: handlers('imports_nothing.py') });
  const began = performance.now();
  const error = await opened.pool.call(sample('echo'), {}).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'REPRO_WORKER_IMPORT', traceback: expect.stringContaining('not_there') });
  expect(performance.now() - began).toBeLessThan(10_000);
});

it('says what is missing when there is no interpreter', async () => {
  await using opened = await openSamplePool({ python: { executable: '/not/there/python' } });
  await expect(opened.pool.ready()).rejects.toMatchObject({ code: 'REPRO_WORKER_START' });
});

it('says what the process wrote when it ends before hello', async () => {
  await using bridge = await openBridge({ pythonPath: '/not/there' });
  const pool = bridge.createPool({ name: 'sample', worker: handlers('sample.py'), python });
  await expect(pool.ready()).rejects.toMatchObject({
    code: 'REPRO_WORKER_START',
    output: [expect.stringContaining('No module named')],
  });
});

it('W01: is not blocked by 5 MB on standard output, and keeps them as log lines', async () => {
  await using opened = await openSamplePool();
  await expect(opened.pool.call(sample('print'), { count: 5_000_000 })).resolves.toBe(5_000_000);
  await expect(opened.pool.call(sample('echo'), { value: 1 })).resolves.toEqual({ value: 1 });
  expect(opened.events.filter(({ type }) => type === 'log').length).toBeGreaterThan(60_000);
});

it('ends what is left with REPRO_WORKER_STOPPED when it is stopped, and starts again on the next call', async () => {
  await using opened = await openSamplePool();
  const { pool } = opened;
  await pool.ready();
  const call = pool.call(sample('wait-politely'), { seconds: 30 });
  const settled = expect(call).rejects.toMatchObject({ code: 'REPRO_WORKER_STOPPED' });
  await sleep(50);
  await pool.stop();
  await settled;
  await expect(pool.call(sample('echo'), { value: 1 })).resolves.toEqual({ value: 1 });
  expect(opened.pids()).toHaveLength(2);
});

it('asks each worker itself, busy or not, and goes on without one that is lost', async () => {
  await using opened = await openSamplePool({ replicas: 2 });
  const bothReady = () => opened.events.filter(({ type }) => type === 'ready').length >= 2;
  await opened.pool.ready();
  while (!bothReady()) {
    await sleep(20);
  }
  const sleeping = opened.pool.run(sample('sleep'), [{ seconds: 0.3 }, { seconds: 0.3 }]);
  const slept = Array.fromAsync(sleeping);
  const pids = await opened.pool.callEach(sample('pid'), {});
  expect([...pids.keys()].toSorted()).toEqual(['sample/0.1', 'sample/1.1']);
  expect(new Set(pids.values()).size).toBe(2);
  expect((await slept).map(({ outcome }) => outcome)).toEqual(['value', 'value']);

  const asked = opened.pool.callEach(sample('sleep'), { seconds: 1 });
  opened.killNewestWorker();
  expect((await asked).size).toBe(1);
});
