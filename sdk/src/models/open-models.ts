import { availableParallelism } from 'node:os';
import { isReproErrorBase, type PoolEvent, type WorkerPool } from '@repro/bridge';
import type {
  Completion,
  Likelihood,
  LikelihoodRequest,
  ModelFailure,
  ModelReference,
  Prompt,
} from '../contract/model.ts';
import type { PythonRuntime } from '../environment/python-runtime.ts';
import { EngineMissingError } from '../errors/engine-missing.ts';
import { UnknownModelError } from '../errors/unknown-model.ts';
import { untilAborted } from '../plugins/until-aborted.ts';
import { type ModelEndpoint, startableEngines } from '../recipe/recipe-schema.ts';
import type { ModelWindow, Question } from '../rephrasers/bind-rephraser.ts';
import { describeModel } from './describe-model.ts';
import { describeWindow } from './describe-window.ts';
import {
  EngineCompletion,
  EngineInfo,
  EngineLikelihood,
  promptMessage,
  RenderedPrompt,
  samplingMessage,
} from './engine-messages.ts';
import { type EndpointStatistics, keepStatistics, type StatisticsKeeper } from './engine-statistics.ts';
import { GreedyCache } from './greedy-cache.ts';
import { loadTokenCounter } from './token-counter.ts';

/** A long completion on a busy CPU; the engine ends an item that is past it. */
const itemDeadlineMilliseconds = 60 * 60 * 1000;

export interface AskOptions {
  readonly abortSignal: AbortSignal;
  /** Questions of one key go to the same replica while it has room, so that their shared prefix stays cached. */
  readonly affinity?: string | undefined;
}

/** The recipe's `models:` as running endpoints. Each starts on first use. */
export interface ModelEndpoints extends AsyncDisposable {
  readonly names: readonly string[];
  /** Path and revision; starts no engine. */
  reference(name: string): Promise<ModelReference>;
  /** One completion per question, in order; an item that fails is a value. Greedy answers are cached. */
  ask(name: string, questions: readonly Question[], options: AskOptions): Promise<readonly Completion[]>;
  likelihood(name: string, requests: readonly LikelihoodRequest[], options: AskOptions): Promise<readonly Likelihood[]>;
  window(name: string): Promise<ModelWindow>;
  /** The same from the model's files; starts no engine, unless they do not say it. */
  windowAtRest(name: string): Promise<ModelWindow>;
  /** Token ids of a prompt as the engine would read it. */
  render(name: string, prompt: Prompt): Promise<readonly number[]>;
  /** What the engine says of itself; starts it. */
  engine(name: string): Promise<EngineInfo & { readonly maxInFlight: number }>;
  /** Of the endpoints that were used; one entry per endpoint. */
  statistics(): Promise<ReadonlyMap<string, EndpointStatistics>>;
}

export function openModels(
  models: Readonly<Record<string, ModelEndpoint>>,
  options: {
    readonly runtime: Pick<PythonRuntime, 'python' | 'packages' | 'createPool'>;
    readonly onEvent?: (event: PoolEvent) => void;
    readonly abortSignal?: AbortSignal;
  },
): ModelEndpoints {
  const { runtime, onEvent, abortSignal } = options;
  const cache = new GreedyCache();
  const references = new Map<string, Promise<ModelReference>>();
  const pools = new Map<string, Promise<WorkerPool>>();
  const keepers = new Map<string, StatisticsKeeper>();
  const windows = new Map<string, Promise<ModelWindow>>();

  const endpoint = (name: string): ModelEndpoint => {
    const found = models[name];
    if (found === undefined) {
      throw new UnknownModelError({ model: name, known: Object.keys(models) });
    }
    return found;
  };
  const runnable = (name: string): ModelEndpoint => {
    const found = endpoint(name);
    if (!startableEngines.includes(found.engine)) {
      throw new EngineMissingError({ model: name, engine: found.engine, startable: startableEngines });
    }
    return found;
  };
  const pool = (name: string): Promise<WorkerPool> =>
    remembered(pools, name, async () => {
      const model = runnable(name);
      const keeper = keepers.get(name) ?? keepStatistics(() => pool(name));
      keepers.set(name, keeper);
      return startPool(name, model, runtime, (event) => {
        keeper.onEvent(event);
        onEvent?.(event);
      });
    });
  const engine = async (name: string) => {
    const { info, maxInFlight } = await (await pool(name)).ready();
    return { ...EngineInfo.parse(info), maxInFlight: maxInFlight * endpoint(name).replicas };
  };
  const reference = (name: string) =>
    remembered(references, name, async () => {
      const { path, chatTemplate } = runnable(name);
      const onProgress = (message: string) =>
        onEvent?.({ type: 'progress', pool: `model ${name}`, workerId: '', message, done: null, total: null });
      const described = await describeModel(
        { path, chatTemplate },
        { python: runtime.python(), packages: runtime.packages, onProgress, abortSignal },
      );
      return { name, path: described.folder, revision: described.revision };
    });

  const ask: ModelEndpoints['ask'] = async (name, questions, askOptions) => {
    const { abortSignal: signal } = askOptions;
    signal.throwIfAborted();
    const workers = await pool(name);
    const messages = questions.map(({ prompt, sampling, seed }) => ({
      ...promptMessage(prompt),
      sampling: samplingMessage(sampling),
      seed,
    }));
    const greedy = messages.some(({ sampling }) => sampling.temperature === 0);
    const revision = greedy ? (await reference(name)).revision : '';
    const fresh: { readonly input: unknown; readonly answer: PromiseWithResolvers<Completion> }[] = [];
    const answers = messages.map((input, index) => {
      const { seed: _noise, ...message } = input;
      const key = message.sampling.temperature === 0 ? cache.key(revision, message) : undefined;
      const known = key === undefined ? undefined : cache.get(key);
      if (known !== undefined) {
        return joined(known, index);
      }
      const answer = Promise.withResolvers<Completion>();
      fresh.push({ input, answer });
      if (key !== undefined) {
        cache.set(key, answer.promise);
      }
      return answer.promise;
    });
    const inputs = fresh.map(({ input }) => input);
    collect(workers, 'generate', inputs, askOptions, EngineCompletion.parse, (at, completion) =>
      fresh[at]?.answer.resolve(completion),
    ).catch((error) => {
      for (const { answer } of fresh) {
        answer.reject(signal.aborted ? new AskerGone() : error);
      }
    });
    return Promise.all(answers).catch((error) => {
      signal.throwIfAborted();
      throw error;
    });

    // The caller who asked first may be aborted; that is no failure of those who only waited with it.
    function joined(answer: Promise<Completion>, index: number): Promise<Completion> {
      return untilAborted(() => answer, signal).catch(async (error) => {
        const [own] = error instanceof AskerGone ? await ask(name, questions.slice(index, index + 1), askOptions) : [];
        if (own === undefined) {
          throw error;
        }
        return own;
      });
    }
  };

  return {
    names: Object.keys(models),
    reference,
    engine,

    ask,

    async likelihood(name, requests, askOptions) {
      const answers = new Array<Likelihood>(requests.length);
      await collect(await pool(name), 'likelihood', requests, askOptions, EngineLikelihood.parse, (index, answer) => {
        answers[index] = answer;
      });
      return answers;
    },

    window: (name) =>
      remembered(windows, name, async () => {
        // Most engines take the tokenizer that lies beside the model: it is read while they load.
        const early = reference(name).then(async ({ path }) => ({ path, countTokens: await loadTokenCounter(path) }));
        const [{ tokenizerPath, contextTokens }, beside] = await Promise.all([
          engine(name),
          early.catch(() => undefined),
        ]);
        return {
          countTokens: beside?.path === tokenizerPath ? beside.countTokens : await loadTokenCounter(tokenizerPath),
          contextTokens,
        };
      }),

    async windowAtRest(name) {
      return (await describeWindow((await reference(name)).path)) ?? this.window(name);
    },

    async render(name, prompt) {
      return RenderedPrompt.parse(await (await pool(name)).call('render', promptMessage(prompt))).tokenIds;
    },

    async statistics() {
      return new Map(
        await Promise.all([...keepers].map(async ([name, keeper]) => [name, await keeper.sum()] as const)),
      );
    },

    async [Symbol.asyncDispose]() {
      for (const keeper of keepers.values()) {
        keeper[Symbol.dispose]();
      }
      await Promise.allSettled([...pools.values()].map(async (workers) => (await workers).stop()));
    },
  };
}

function startPool(
  name: string,
  model: ModelEndpoint,
  runtime: Pick<PythonRuntime, 'createPool'>,
  onEvent: (event: PoolEvent) => void,
): Promise<WorkerPool> {
  const { path, engine, replicas, chatTemplate, thinking, dtype, device, maxBatch, threads } = model;
  const share = Math.max(1, Math.floor(availableParallelism() / replicas));
  const given = { chatTemplate, thinking, dtype, device, maxBatch, threads: threads ?? share };
  return runtime.createPool({
    name: `model ${name}`,
    worker: {
      kind: 'engine',
      engine,
      path,
      options: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    },
    replicas,
    onEvent,
  });
}

/** Ends the answers that an aborted caller had asked for. */
class AskerGone extends Error {}

/** So many items in a row, and none that succeeds: the engine is at fault, not the pages. */
const failuresBeforeGivingUp = 16;
const failuresInARow = new WeakMap<WorkerPool, number>();

/**
 * Runs every input as an item; an item's failure becomes a value, a failure of the pool is thrown. So is that of an
 * engine that fails on everything: a corpus of failed passages is no result.
 */
async function collect<Answer>(
  workers: WorkerPool,
  method: string,
  inputs: readonly unknown[],
  { abortSignal, affinity }: AskOptions,
  parse: (value: unknown) => Answer,
  take: (index: number, answer: Answer | ModelFailure) => void,
): Promise<void> {
  if (inputs.length === 0) {
    return;
  }
  const run = { abortSignal, affinity, deadlineMilliseconds: itemDeadlineMilliseconds };
  for await (const outcome of workers.run(method, inputs, run)) {
    if (outcome.outcome === 'value') {
      failuresInARow.delete(workers);
      take(outcome.index, parse(outcome.value));
      continue;
    }
    const failures = (failuresInARow.get(workers) ?? 0) + 1;
    failuresInARow.set(workers, failures);
    if (failures >= failuresBeforeGivingUp) {
      throw outcome.error;
    }
    take(outcome.index, failureOf(outcome.error));
  }
}

function failureOf(error: Error): ModelFailure {
  const killed = isReproErrorBase(error) && error.code === 'REPRO_ITEM_KILLS_WORKER';
  return { outcome: 'failed', reason: killed ? 'worker-killed' : 'engine-error', detail: error.message };
}

/** One value per key; a failed attempt is forgotten, so that the next call tries again. */
function remembered<Value>(
  values: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = values.get(key);
  if (known !== undefined) {
    return known;
  }
  const value = make();
  values.set(key, value);
  value.catch(() => values.delete(key));
  return value;
}
