import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { ItemOutcome, PoolEvent, RunOptions, WorkerPool } from '@repro/bridge';
import { ItemKillsWorkerError, WorkerHandlerError } from '@repro/bridge';
import { describe, expect, it } from 'vitest';
import type { Sampling } from '../contract/model.ts';
import type { PythonRuntime } from '../environment/python-runtime.ts';
import type { Question } from '../rephrasers/bind-rephraser.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { openModels } from './open-models.ts';

interface Input {
  readonly text: string;
  readonly seed: number;
  readonly sampling: Required<Sampling>;
}

/** Ends one item; what it resolves with becomes the completion's text. */
type Answer = (input: Input, options: RunOptions) => Promise<string> | string;

const completion = (text: string) => ({
  outcome: 'completed',
  text,
  finishReason: 'stop',
  tokens: 1,
  promptTokens: 1,
  thinkPrefilled: false,
});

/** Endpoints whose one worker answers as the function says, and the texts that reached it. */
async function openFake(answer: Answer, callEach: () => ReadonlyMap<string, unknown> = () => new Map()) {
  let onEvent: ((event: PoolEvent) => void) | undefined;
  const asked: string[] = [];
  let started = 0;
  let stopped = 0;
  async function* run(_: string, inputs: readonly unknown[], options: RunOptions = {}): AsyncGenerator<ItemOutcome> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    aborted.catch(() => undefined);
    options.abortSignal?.addEventListener('abort', () => reject(options.abortSignal?.reason));
    const ends = (inputs as readonly Input[]).map(async (input, index): Promise<ItemOutcome> => {
      asked.push(input.text);
      try {
        return { index, outcome: 'value', value: completion(await Promise.race([answer(input, options), aborted])) };
      } catch (error) {
        options.abortSignal?.throwIfAborted();
        return { index, outcome: 'error', error: error as WorkerHandlerError };
      }
    });
    Promise.all(ends).catch(() => undefined);
    // The last one first: the order of the answers is not that of the questions.
    for (const end of ends.toReversed()) {
      yield await end;
    }
  }
  const pool = {
    run,
    ready: async () => ({ info: {}, maxInFlight: 4 }),
    callEach: async () => callEach(),
    stop: async () => {
      stopped += 1;
    },
  } as unknown as WorkerPool;
  // Stands for `python -m repro_worker.models --json`.
  const folder = await writeFolder({ python: '#!/bin/sh\necho \'{"folder":"/models/x","revision":"r1"}\'\n' });
  await chmod(join(folder, 'python'), 0o755);
  const runtime: PythonRuntime = {
    python: () => join(folder, 'python'),
    packages: folder,
    createPool: async (options) => {
      started += 1;
      onEvent = options.onEvent;
      return pool;
    },
    createTrainerGroup: () => expect.unreachable('no model trains'),
    [Symbol.asyncDispose]: async () => {},
  };
  const endpoint = { path: 'x', engine: 'transformers', replicas: 1, thinking: 'on' } as const;
  const models = openModels({ small: endpoint }, { runtime });
  return { models, asked, counts: () => ({ started, stopped }), tell: (event: PoolEvent) => onEvent?.(event) };
}

const abortSignal = new AbortController().signal;
const question = (text: string, temperature = 0, seed = 0): Question => ({
  prompt: { text },
  sampling: { temperature },
  seed,
});
const textsOf = async (answers: Promise<readonly unknown[]>) =>
  (await answers).map((answer) => (answer as { text: string }).text);

it('gives one completion per question, in order', async () => {
  const { models, asked } = await openFake(({ text }) => text.toUpperCase());
  const answers = models.ask('small', [question('a', 1), question('b', 1), question('a', 1)], { abortSignal });
  expect(await textsOf(answers)).toEqual(['A', 'B', 'A']);
  expect(asked).toEqual(['a', 'b', 'a']);
});

it('turns the failure of an item into a value, and says which ones end their worker', async () => {
  const { models } = await openFake(({ text }) => {
    if (text === 'bad') {
      throw new WorkerHandlerError('no tokenizer');
    }
    if (text === 'deadly') {
      throw new ItemKillsWorkerError('twice');
    }
    return text;
  });
  expect(
    await models.ask(
      'small',
      ['bad', 'deadly', 'good'].map((text) => question(text, 1)),
      { abortSignal },
    ),
  ).toMatchObject([
    { outcome: 'failed', reason: 'engine-error', detail: 'no tokenizer' },
    { outcome: 'failed', reason: 'worker-killed' },
    { outcome: 'completed' },
  ]);
});

it('ends with the error of an engine that fails on everything', async () => {
  const { models } = await openFake(() => {
    throw new WorkerHandlerError('no kernel for this device');
  });
  const many = Array.from({ length: 20 }, (_, index) => question(`page ${index}`, 1));
  await expect(models.ask('small', many, { abortSignal })).rejects.toThrow('no kernel for this device');
});

it('starts an endpoint with its first question and stops it at the end; an unknown one is named', async () => {
  const { models, counts } = await openFake(({ text }) => text);
  expect(counts()).toEqual({ started: 0, stopped: 0 });
  await Promise.all(['a', 'b'].map((text) => models.ask('small', [question(text)], { abortSignal })));
  await models[Symbol.asyncDispose]();
  expect(counts()).toEqual({ started: 1, stopped: 1 });
  await expect(models.ask('smal', [question('a')], { abortSignal })).rejects.toMatchObject({
    code: 'REPRO_UNKNOWN_MODEL',
  });
});

describe('a greedy question', () => {
  it('is asked once, in one call, in two at a time and afterwards, whatever its seed', async () => {
    const { models, asked } = await openFake(async ({ text }) => text.toUpperCase());
    const twice = () => textsOf(models.ask('small', [question('a', 0, 1), question('a', 0, 2)], { abortSignal }));
    expect(await Promise.all([twice(), twice()])).toEqual([
      ['A', 'A'],
      ['A', 'A'],
    ]);
    await twice();
    expect(asked).toEqual(['a']);
  });

  it('that failed is asked again', async () => {
    let times = 0;
    const { models } = await openFake(() => {
      times += 1;
      if (times === 1) {
        throw new WorkerHandlerError('once');
      }
      return 'fine';
    });
    expect(await models.ask('small', [question('a')], { abortSignal })).toMatchObject([{ outcome: 'failed' }]);
    expect(await textsOf(models.ask('small', [question('a')], { abortSignal }))).toEqual(['fine']);
  });

  it('outlives the caller that asked it first', async () => {
    const first = new AbortController();
    const { models, asked } = await openFake(({ text }, { abortSignal: signal }) =>
      signal === first.signal ? new Promise(() => {}) : text.toUpperCase(),
    );
    const given = models.ask('small', [question('a')], { abortSignal: first.signal });
    given.catch(() => undefined);
    await expect.poll(() => asked).toEqual(['a']);
    const joined = [1, 2].map(() => textsOf(models.ask('small', [question('a'), question('b')], { abortSignal })));
    await expect.poll(() => asked).toEqual(['a', 'b']);
    first.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    expect(await Promise.all(joined)).toEqual([
      ['A', 'B'],
      ['A', 'B'],
    ]);
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('lets go of a caller that only waited with another', async () => {
    const { models, asked } = await openFake(() => new Promise(() => {}));
    models.ask('small', [question('a')], { abortSignal }).catch(() => undefined);
    await expect.poll(() => asked).toEqual(['a']);
    const second = new AbortController();
    const waiting = models.ask('small', [question('a')], { abortSignal: second.signal });
    setImmediate(() => second.abort(new Error('enough')));
    await expect(waiting).rejects.toThrow('enough');
  });
});

it('adds up what every replica has done, with what a lost one said last', async () => {
  const figures = (items: number) => ({
    busySeconds: items / 2,
    idleSeconds: 1,
    idleWhileWaitingSeconds: 0.5,
    promptTokens: 10 * items,
    completionTokens: 100 * items,
    items,
  });
  let answers = new Map([
    ['model small/0.1', figures(3)],
    ['model small/1.1', figures(4)],
  ]);
  const { models, tell } = await openFake(
    () => 'a',
    () => answers,
  );
  await models.ask('small', [question('one')], { abortSignal });
  const both = { items: 7, completionTokens: 700, promptTokens: 70, busySeconds: 3.5, idleSeconds: 2, lostReplicas: 0 };
  expect((await models.statistics()).get('small')).toMatchObject(both);

  tell({ type: 'lost', pool: 'model small', workerId: 'model small/1.1', cause: 'killed', suspects: 0 });
  answers = new Map([
    ['model small/0.1', figures(5)],
    ['model small/1.2', figures(1)],
  ]);
  expect((await models.statistics()).get('small')).toMatchObject({ items: 10, lostReplicas: 1 });
});
