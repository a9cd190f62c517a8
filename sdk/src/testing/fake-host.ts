import type { PluginModels, PluginWorker } from '../contract/host.ts';
import type {
  Completion,
  Likelihood,
  LikelihoodRequest,
  MessagePart,
  ModelReference,
  Prompt,
  Sampling,
} from '../contract/model.ts';
import { GreedyCache } from '../models/greedy-cache.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import { untilAborted } from '../plugins/until-aborted.ts';
import { countWords, fakeCompletion } from './fake-completion.ts';
import { fakeWorker } from './fake-worker.ts';

export interface FakeHostOptions {
  readonly worker?: PluginWorker;
  /** As with the real host, greedy answers are cached by model revision, prompt and sampling. */
  readonly generate?: FakeGenerate;
  /** Answers one request; a number is the sum of log-probabilities, with tokens counted as words. */
  readonly likelihood?: (request: LikelihoodRequest, model: ModelReference) => number | Likelihood;
  /** Endpoints by role, `default` alone when absent; a function where a model changes between calls. */
  readonly models?: PluginModels | (() => PluginModels);
  readonly seed?: number;
}

/** Answers one prompt; `prompt` is all its text, messages separated by a blank line. A string is a finished answer. */
export type FakeGenerate = (prompt: string, call: GenerateCall) => string | Completion | Promise<string | Completion>;

export interface GenerateCall {
  readonly model: ModelReference;
  readonly prompt: Prompt;
  readonly sampling: Sampling;
}

/**
 * A host without processes or models. What a plugin uses and the test did not give throws and says what to give.
 *
 * @example
 * const host = fakeHost({ generate: (prompt) => (prompt.includes('table') ? '1' : '0') });
 */
export function fakeHost({
  worker,
  generate,
  likelihood,
  models = fakeModels(),
  seed = 0,
}: FakeHostOptions = {}): PluginHost {
  const greedyAnswers = new GreedyCache();
  return {
    worker: worker ?? fakeWorker({}),
    models: async () => (typeof models === 'function' ? models() : models),
    seed,

    async generate(model, prompts, { abortSignal, ...sampling }) {
      if (generate === undefined) {
        throw missing('generate', '(prompt) => "an answer"');
      }
      const ask = async (prompt: Prompt): Promise<Completion> => {
        const call = { model, prompt, sampling: { ...sampling, ...prompt.sampling } };
        if (call.sampling.temperature !== 0) {
          return answerPrompt(generate, call);
        }
        const key = greedyAnswers.key(model.revision, call);
        const answer = greedyAnswers.get(key) ?? answerPrompt(generate, call);
        greedyAnswers.set(key, answer);
        return answer;
      };
      return untilAborted(() => Promise.all(prompts.map(ask)), abortSignal);
    },

    async likelihood(model, requests, { abortSignal }) {
      if (likelihood === undefined) {
        throw missing('likelihood', '({ context, continuation }) => -continuation.length');
      }
      const answer = (request: LikelihoodRequest): Likelihood => {
        const value = likelihood(request, model);
        return typeof value === 'number' ? fakeLikelihood(request, value) : value;
      };
      return untilAborted(() => requests.map(answer), abortSignal);
    },
  };
}

/** What the fake model says to one prompt, as a completion. */
export async function answerPrompt(generate: FakeGenerate, call: GenerateCall): Promise<Completion> {
  const text = promptText(call.prompt);
  const answer = await generate(text, call);
  return typeof answer === 'string' ? fakeCompletion(answer, { promptTokens: countWords(text) }) : answer;
}

/** An endpoint that no process stands behind. */
export function fakeModel(name: string, revision = '1'): ModelReference {
  return { name, path: `fake:${name}`, revision };
}

/** One endpoint for each of a plugin's roles, and `default`. */
export function fakeModels(roles: readonly string[] = []): PluginModels {
  const others = Object.fromEntries(roles.map((role) => [role, fakeModel(role)]));
  return { ...others, default: fakeModel('default') };
}

/** All text of a prompt, messages separated by a blank line. */
export function promptText(prompt: Prompt): string {
  return 'text' in prompt ? prompt.text : prompt.messages.map(({ content }) => contentText(content)).join('\n\n');
}

function contentText(content: string | readonly MessagePart[]): string {
  return typeof content === 'string'
    ? content
    : content.map((part) => (typeof part === 'string' ? part : part.text)).join('');
}

function fakeLikelihood({ continuation }: LikelihoodRequest, sumLogProbability: number): Likelihood {
  return {
    outcome: 'computed',
    sumLogProbability,
    tokens: Math.max(1, countWords(continuation)),
    bytes: Buffer.byteLength(continuation),
    greedy: sumLogProbability === 0,
  };
}

function missing(name: string, example: string): Error {
  return new Error(`The plugin called ${name}, and fakeHost was given no answer for it: pass { ${name}: ${example} }.`);
}
