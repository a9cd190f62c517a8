import type { PluginContext } from './host.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import type { Completion } from './model.ts';
import type { PluginBase } from './plugin.ts';

export interface RewardSample {
  readonly id: string;
  /** Absent for a reward that reads one text alone. */
  readonly original?: string;
  readonly rephrased: string;
  readonly metadata: JsonObject;
  /** The raw answer, in training and `try` only: `format` reads it. */
  readonly completion?: Completion;
}

/** A failure is a value of its own, never 0. `details` are stored beside the score. */
export type RewardScore =
  | { readonly outcome: 'scored'; readonly value: number; readonly details?: JsonValue }
  | { readonly outcome: 'unscored'; readonly reason: string };

export type RewardContext<Config> = PluginContext<Config>;

/** The one notion of score: trains the policy, picks among rollouts, filters, routes, fills the report. */
export interface RewardV1<Config = unknown> extends PluginBase<'reward', Config> {
  /** Closed interval every scored value falls in. */
  readonly range: readonly [lowest: number, highest: number];
  /** Whether it compares a rephrasing with its original, or reads one text alone (`original` is then undefined). */
  readonly reads: 'pair' | 'text';
  /**
   * Present on a reward that is meant to be read as 0 or 1. Gives the threshold calibrated for this config;
   * where it gives none, the recipe must state `threshold:` (or `threshold: none` for the raw value).
   */
  defaultThreshold?(config: Config): number | undefined;
  /**
   * Python method of a `text` reward that scores whole shards where they are read: it takes `{ config, texts }` and
   * gives one `RewardScore` per text, in order, the ones that `doScore` gives.
   */
  readonly textHandler?: string;
  /**
   * Python method that learns what the reward judges by from labelled pages, for `repro classifier train`: it takes
   * `{ encoder, layer, pages, text, label, positive, mostTokens, folds, seed }` and gives `{ head }`, the JSON that the
   * reward's `head:` reads.
   */
  readonly trainHandler?: string;
  /** One score per sample, in order. Only the host calls it; others call `scoreSamples`. */
  doScore(samples: readonly RewardSample[], context: RewardContext<Config>): Promise<readonly RewardScore[]>;
}

/** Infers `Config` from the schema; adds nothing. */
export function defineReward<Config>(reward: RewardV1<Config>): RewardV1<Config> {
  return reward;
}
