import type { RewardSample, RewardScore, RewardV1 } from '../contract/reward.ts';
import { RecipeError } from '../errors/recipe.ts';
import { bindConfig, type EntryPlace, noPlace, withHashedFiles } from '../plugins/bind-config.ts';
import { createContext, type PluginHost } from '../plugins/plugin-host.ts';
import { orRefusal } from '../plugins/refusal-of-settings.ts';

/** What the host itself reads from a reward's entry. */
export interface RewardSettings {
  /** Name in tables and files; the plugin's own when absent. */
  readonly as?: string | undefined;
  readonly weight?: number;
  readonly threshold?: number | 'none' | undefined;
  readonly share?: number;
  readonly timeoutSeconds?: number | undefined;
  readonly onlyIf?: string | undefined;
}

/** A reward with its config parsed and closed over. */
export interface BoundReward {
  readonly name: string;
  readonly plugin: RewardV1;
  /** The parsed config with its files' content instead of their paths, for the stage key only. */
  readonly config: unknown;
  readonly weight: number;
  /** Raw values of at least this count 1, others 0; undefined: the raw value counts. */
  readonly threshold: number | undefined;
  readonly share: number;
  readonly timeoutSeconds: number | undefined;
  readonly onlyIf: string | undefined;
  /** To be waited for before a time-out begins: what an earlier call left behind is not this one's doing. */
  readonly workerIsFree?: PluginHost['workerIsFree'];
  /** Unchecked; call `scoreSamples`. */
  readonly doScore: (samples: readonly RewardSample[], abortSignal: AbortSignal) => Promise<readonly RewardScore[]>;
}

/** Parses a reward's config and closes over it; after that no code sees `unknown`. */
export async function bindReward<Config>(
  reward: RewardV1<Config>,
  rawConfig: Readonly<Record<string, unknown>>,
  host: PluginHost,
  { settings = {}, place = noPlace }: { readonly settings?: RewardSettings; readonly place?: EntryPlace } = {},
): Promise<BoundReward> {
  const config = await bindConfig(reward.configSchema, rawConfig, place);
  return {
    name: settings.as ?? reward.name,
    plugin: reward as RewardV1,
    config: await withHashedFiles(config, reward.configSchema),
    weight: settings.weight ?? 1,
    threshold: chooseThreshold(reward, config, settings.threshold, place),
    share: settings.share ?? 1,
    timeoutSeconds: settings.timeoutSeconds,
    onlyIf: settings.onlyIf,
    ...(host.workerIsFree && { workerIsFree: host.workerIsFree }),
    doScore: (samples, abortSignal) =>
      orRefusal(place, async () => reward.doScore(samples, await createContext(host, config, abortSignal))),
  };
}

function chooseThreshold<Config>(
  reward: RewardV1<Config>,
  config: Config,
  stated: number | 'none' | undefined,
  { path, locate }: EntryPlace,
): number | undefined {
  if (stated === 'none') {
    return undefined;
  }
  const [lowest, highest] = reward.range;
  if (stated !== undefined && (stated < lowest || stated > highest)) {
    const message = `found ${stated}, expected a value in the range of ${reward.name}, ${lowest} to ${highest}`;
    throw new RecipeError([{ path: [...path, 'threshold'], message, place: locate([...path, 'threshold']) }]);
  }
  if (stated !== undefined || reward.defaultThreshold === undefined) {
    return stated;
  }
  const calibrated = reward.defaultThreshold(config);
  if (calibrated === undefined) {
    const message = `${reward.name} has no calibrated threshold for this config; state "threshold:" (or "threshold: none" for the raw value)`;
    throw new RecipeError([{ path, message, place: locate(path) }]);
  }
  return calibrated;
}
