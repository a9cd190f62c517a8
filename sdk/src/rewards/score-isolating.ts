import { isReproErrorBase } from '@repro/bridge';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import type { BoundReward } from './bind-reward.ts';
import { scoreInTime, timedOut } from './score-samples.ts';

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
 * Scores like `scoreSamples`, but a text whose scoring fails or takes too long is `unscored` and spoils none of its
 * neighbours: such a batch is halved until the text stands alone. A reward that fails on every text ends the run with
 * its own error; one that is slow on every text is not waited for again and again.
 */
export function scoreIsolating(reward: BoundReward): IsolatingScorer {
  let failures = 0;

  return (samples, options) => {
    // Enough to find two culprits in a batch; each costs the reward's whole time-out.
    let timeOutsLeft = 2 * Math.ceil(Math.log2(samples.length + 1)) + 1;
    return score(samples);

    async function score(some: readonly RewardSample[]): Promise<readonly RewardScore[]> {
      if (timeOutsLeft === 0) {
        return some.map(() => ({ outcome: 'unscored', reason: 'not tried: too many time-outs in its batch' }));
      }
      try {
        const scores = await scoreInTime(reward, some, options);
        if (scores !== 'timed-out') {
          failures = 0;
          return scores;
        }
        timeOutsLeft -= 1;
        return some.length > 1 ? await scoreHalves(some) : [timedOut(reward)];
      } catch (error) {
        options.abortSignal.throwIfAborted();
        if (!belongsToText(error)) {
          throw error;
        }
        if (some.length > 1) {
          return scoreHalves(some);
        }
        failures += 1;
        if (failures >= failuresBeforeGivingUp) {
          throw error;
        }
        return [{ outcome: 'unscored', reason: (error as Error).message.split('\n')[0] ?? 'failed' }];
      }
    }

    async function scoreHalves(some: readonly RewardSample[]): Promise<readonly RewardScore[]> {
      const middle = Math.ceil(some.length / 2);
      return [...(await score(some.slice(0, middle))), ...(await score(some.slice(middle)))];
    }
  };
}

function belongsToText(error: unknown): boolean {
  if (error instanceof PluginContractError) {
    return false;
  }
  return isReproErrorBase(error) ? codesOfText.includes(error.code) : error instanceof Error;
}
