import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Completion, Likelihood, LikelihoodRequest, ModelReference, Prompt, Sampling } from './model.ts';

/** Calls into the plugin's own Python handler. */
export interface PluginWorker {
  /** Calls the function marked `@handler(name)`; its answer is checked against `output`. */
  call<Output>(
    name: string,
    input: unknown,
    options: { readonly output: StandardSchemaV1<unknown, Output>; readonly abortSignal?: AbortSignal },
  ): Promise<Output>;
  /** The same for a generator: one checked value at a time. */
  stream<Item>(
    name: string,
    input: unknown,
    options: { readonly item: StandardSchemaV1<unknown, Item>; readonly abortSignal?: AbortSignal },
  ): AsyncIterable<Item>;
}

export type Generate = (
  model: ModelReference,
  prompts: readonly Prompt[],
  options: Sampling & { readonly abortSignal?: AbortSignal },
) => Promise<readonly Completion[]>;

export type ComputeLikelihood = (
  model: ModelReference,
  requests: readonly LikelihoodRequest[],
  options: { readonly abortSignal?: AbortSignal },
) => Promise<readonly Likelihood[]>;

/**
 * The endpoints that the plugin's `roles` name, as they are at this call: one that is being trained has another
 * `revision` next time. `default` is the entry's `model:`; a role that the plugin does not name is not there.
 */
export type PluginModels = { readonly default: ModelReference } & Readonly<Record<string, ModelReference>>;

/** What the host gives to every hook that may do work. */
export interface PluginContext<Config> {
  readonly config: Config;
  /** The plugin's own Python handler; calling it without one is the plugin's error. */
  readonly worker: PluginWorker;
  /** One completion per prompt, in order. Temperature 0 is cached by (model revision, prompt, sampling). */
  readonly generate: Generate;
  /** One likelihood per request, in order. */
  readonly likelihood: ComputeLikelihood;
  readonly models: PluginModels;
  readonly seed: number;
  readonly abortSignal: AbortSignal;
}
