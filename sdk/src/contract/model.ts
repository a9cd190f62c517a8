/** A model endpoint as plugins see it. `revision` changes when the weights do, so caches are keyed by it. */
export interface ModelReference {
  /** Key of `models:` in the recipe. */
  readonly name: string;
  readonly path: string;
  readonly revision: string;
}

/** How tokens are drawn. Temperature 0 is greedy; such calls are cached per session. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  /** Upper bound of new tokens. */
  readonly maxTokens?: number;
  /** The first of these ends the completion and is not part of its text. */
  readonly stop?: readonly string[];
  readonly repetitionPenalty?: number;
  /**
   * Ends a completion whose last so many tokens are one pattern four times or more: a model that goes in circles seldom
   * leaves them, and goes on to `maxTokens` otherwise. 0, the default, never does.
   */
  readonly stopRepetitionAfter?: number;
}

/** Plain text, or text that the engine cuts to `maxTokens` by tokens (and says so in `Completion.cuts`). Never parsed for control tokens. */
export type MessagePart =
  | string
  | { readonly text: string; readonly maxTokens: number; readonly keep: 'head' | 'head-and-tail' };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  /** One text, or parts that are joined without a separator. */
  readonly content: string | readonly MessagePart[];
}

/** One question to a model: chat messages, or plain text for a base model. */
export type Prompt = ({ readonly messages: readonly ChatMessage[] } | { readonly text: string }) & {
  /** Overrides the sampling of the recipe's entry, field by field. */
  readonly sampling?: Sampling;
  /** Role of the endpoint to ask; `default` when absent. */
  readonly model?: string;
};

/** A text that the engine cut because its part asked for it. Counts are tokens. */
export interface PromptCut {
  /** Index of the message, and of the part in its content. */
  readonly message: number;
  readonly part: number;
  readonly tokensFound: number;
  readonly tokensKept: number;
}

export interface CompletedCompletion {
  readonly outcome: 'completed';
  readonly text: string;
  /** `stop`: ended by the model or a stop string; `length`: at `maxTokens`; `repetition`: at `stopRepetitionAfter`. */
  readonly finishReason: 'stop' | 'length' | 'repetition';
  /** New tokens. */
  readonly tokens: number;
  readonly promptTokens: number;
  /** True when the chat template already closed an empty think block, so the completion cannot contain it. */
  readonly thinkPrefilled: boolean;
  readonly cuts?: readonly PromptCut[];
}

/** A model that gave no answer to one item; the other items of the call are not touched by it. */
export interface ModelFailure {
  readonly outcome: 'failed';
  /** `prompt-too-long` (never cut), `worker-killed` (the item ends its worker each time), `engine-error`. */
  readonly reason: 'prompt-too-long' | 'worker-killed' | 'engine-error';
  readonly detail?: string;
}

export type Completion = CompletedCompletion | ModelFailure;

export interface LikelihoodRequest {
  readonly context: string;
  readonly continuation: string;
}

/** Log-probability (natural logarithm) of a continuation after its context. */
export interface ComputedLikelihood {
  readonly outcome: 'computed';
  readonly sumLogProbability: number;
  /** Tokens and UTF-8 bytes of the continuation. */
  readonly tokens: number;
  readonly bytes: number;
  /** Whether every token of the continuation is the model's first choice. */
  readonly greedy: boolean;
}

/** A failure is a value of its own: one page longer than the window does not fail the call. */
export type Likelihood = ComputedLikelihood | ModelFailure;
