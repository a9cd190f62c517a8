import { z } from 'zod';
import type { Completion, Likelihood, Prompt, Sampling } from '../contract/model.ts';

/** What an engine says of itself in `ready`. */
export const EngineInfo = z.object({
  path: z.string(),
  revision: z.string(),
  tokenizerPath: z.string(),
  contextTokens: z.number(),
  device: z.string(),
  dtype: z.string(),
  dtypeReason: z.string(),
  thinkPrefilled: z.boolean(),
});
export type EngineInfo = z.infer<typeof EngineInfo>;

/** Since the engine was loaded; `idleSeconds` count from its first item to the latest end. */
export const EngineStatistics = z.object({
  busySeconds: z.number(),
  idleSeconds: z.number(),
  idleWhileWaitingSeconds: z.number(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  items: z.number(),
});
export type EngineStatistics = z.infer<typeof EngineStatistics>;

const Failure = z.object({
  outcome: z.literal('failed'),
  reason: z.enum(['prompt-too-long', 'worker-killed', 'engine-error']),
  detail: z.string().optional(),
});

export const EngineCompletion: z.ZodType<Completion> = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('completed'),
    text: z.string(),
    finishReason: z.enum(['stop', 'length', 'repetition']),
    tokens: z.number(),
    promptTokens: z.number(),
    thinkPrefilled: z.boolean(),
    cuts: z
      .array(z.object({ message: z.number(), part: z.number(), tokensFound: z.number(), tokensKept: z.number() }))
      .optional(),
  }),
  Failure,
]);

export const EngineLikelihood: z.ZodType<Likelihood> = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('computed'),
    sumLogProbability: z.number(),
    tokens: z.number(),
    bytes: z.number(),
    greedy: z.boolean(),
  }),
  Failure,
]);

export const RenderedPrompt = z.object({ tokenIds: z.array(z.number()), thinkPrefilled: z.boolean() });

/** A prompt as the wire carries it: every field there, every message a list of parts. */
export function promptMessage(prompt: Prompt): Record<string, unknown> {
  if ('text' in prompt) {
    return { messages: null, text: prompt.text };
  }
  const messages = prompt.messages.map(({ role, content }) => ({
    role,
    parts: (typeof content === 'string' ? [content] : content).map((part) =>
      typeof part === 'string'
        ? { text: part, maxTokens: null, keep: null }
        : { text: part.text, maxTokens: part.maxTokens, keep: part.keep },
    ),
  }));
  return { messages, text: null };
}

/** Sampling with every field decided; temperature 1 and no cut where nothing is said. */
export function samplingMessage(sampling: Sampling): Required<Sampling> {
  return {
    temperature: 1,
    topP: 1,
    topK: 0,
    maxTokens: 2048,
    stop: [],
    repetitionPenalty: 1,
    stopRepetitionAfter: 0,
    ...sampling,
  };
}
