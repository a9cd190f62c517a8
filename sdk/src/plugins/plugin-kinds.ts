import type { DatasetV1 } from '../contract/dataset.ts';
import type { EvaluatorV1 } from '../contract/evaluator.ts';
import type { PluginKind } from '../contract/plugin.ts';
import type { RephraserV1 } from '../contract/rephraser.ts';
import type { RewardV1 } from '../contract/reward.ts';

/** The object behind each kind. Configs are checked before a hook sees one, so here they are unknown. */
export interface PluginByKind {
  readonly rephraser: RephraserV1;
  readonly reward: RewardV1;
  readonly dataset: DatasetV1;
  readonly evaluator: EvaluatorV1;
}

export type AnyPlugin = PluginByKind[PluginKind];

/** Interface versions that this SDK runs, one number per kind. */
export const supportedVersions: Readonly<Record<PluginKind, readonly string[]>> = {
  rephraser: ['v1'],
  reward: ['v1'],
  dataset: ['v1'],
  evaluator: ['v1'],
};

/** Functions that a plugin of each kind must have. */
export const requiredHooks: Readonly<Record<PluginKind, readonly string[]>> = {
  rephraser: ['split', 'prompt', 'parse', 'join'],
  reward: ['doScore'],
  dataset: ['doListShards', 'doReadShard'],
  evaluator: ['doEvaluate'],
};
