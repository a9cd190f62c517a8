import { isReproErrorBase } from '@repro/bridge';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import type { BoundReward } from './bind-reward.ts';
import { scoreSamples } from './score-samples.ts';

/** So many texts in a row that a reward cannot score, and none that it can: the reward is at fault, not the texts. */
const failuresBeforeGivingUp = 16;

/** Failures that belong to a text, not to the machine or the reward as a whole. */
const codesOfText = [
  'REPRO_WORKER_HANDLER',
  'REPRO_ITEM_KILLS_WORKER',
  'REPRO_MESSAGE_TOO_LARGE',
  'REPRO_DEADLINE',
  'REPRO_OUT_OF_MEMORY',
];

export type IsolatingScorer = (
  samples: readonly RewardSample[],
  options: { readonly abortSignal: AbortSignal },
) => Promise<readonly RewardScore[]>;

/**
 * Scores like `scoreSamples`, but a text whose scoring fails is `unscored` and spoils none of its neighbours: a failed
 * batch is halved until the text stands alone. A reward that fails on every text ends the run with its own error.
 */
export function scoreIsolating(reward: BoundReward): IsolatingScorer {
  let failures = 0;
  const score: IsolatingScorer = async (samples, options) => {
    try {
      const scores = await scoreSamples(reward, samples, options);
      failures = 0;
      return scores;
    } catch (error) {
      options.abortSignal.throwIfAborted();
      if (!belongsToText(error)) {
        throw error;
      }
      if (samples.length > 1) {
        const middle = Math.ceil(samples.length / 2);
        return [...(await score(samples.slice(0, middle), options)), ...(await score(samples.slice(middle), options))];
      }
      failures += 1;
      if (failures >= failuresBeforeGivingUp) {
        throw error;
      }
      return [{ outcome: 'unscored', reason: (error as Error).message.split('\n')[0] ?? 'failed' }];
    }
  };
  return score;
}

function belongsToText(error: unknown): boolean {
  if (error instanceof PluginContractError) {
    return false;
  }
  return isReproErrorBase(error) ? codesOfText.includes(error.code) : error instanceof Error;
}
