import { stringifyJson } from '../contract/json-text.ts';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import { PluginContractError } from '../errors/plugin-contract.ts';
import { describeFound } from '../plugins/describe-found.ts';
import { untilAborted } from '../plugins/until-aborted.ts';
import type { BoundReward } from './bind-reward.ts';

/** A timer beyond 2^31 - 1 ms (25 days) would fire at once. */
const longestTimeoutMilliseconds = 2 ** 31 - 1;

/**
 * One checked score per sample, in order. A value that is no number (NaN, infinity) and a call past the reward's
 * time-out are `unscored` with their reason; a wrong count, shape or a value out of range is a PluginContractError.
 */
export async function scoreSamples(
  reward: BoundReward,
  samples: readonly RewardSample[],
  options: { readonly abortSignal: AbortSignal },
): Promise<readonly RewardScore[]> {
  const scores = await scoreInTime(reward, samples, options);
  return scores === 'timed-out' ? samples.map(() => timedOut(reward)) : scores;
}

/** The same, with a word of its own for a call that took too long: fewer samples at once may still be scored. */
export async function scoreInTime(
  reward: BoundReward,
  samples: readonly RewardSample[],
  { abortSignal }: { readonly abortSignal: AbortSignal },
): Promise<readonly RewardScore[] | 'timed-out'> {
  abortSignal.throwIfAborted();
  if (samples.length === 0) {
    return [];
  }
  const seen = reward.plugin.reads === 'text' ? samples.map(({ original: _none, ...text }) => text) : samples;
  const { timeoutSeconds } = reward;
  await reward.workerIsFree?.(abortSignal);
  const timeout =
    timeoutSeconds === undefined
      ? undefined
      : AbortSignal.timeout(Math.min(Math.ceil(timeoutSeconds * 1000), longestTimeoutMilliseconds));
  const signal = timeout === undefined ? abortSignal : AbortSignal.any([abortSignal, timeout]);
  let scores: readonly RewardScore[];
  try {
    scores = await untilAborted(() => reward.doScore(seen, signal), signal);
  } catch (error) {
    abortSignal.throwIfAborted();
    if (timeout?.aborted) {
      return 'timed-out';
    }
    throw error;
  }
  if (!Array.isArray(scores) || scores.length !== samples.length) {
    const found = Array.isArray(scores) ? String(scores.length) : typeof scores;
    throw broken(reward, 'number of scores', found, String(samples.length));
  }
  return scores.map((score) => checkScore(reward, score));
}

export function timedOut({ timeoutSeconds }: BoundReward): RewardScore {
  return { outcome: 'unscored', reason: `timed out after ${timeoutSeconds} s` };
}

function checkScore(reward: BoundReward, score: RewardScore): RewardScore {
  if (score?.outcome === 'unscored' && typeof score.reason === 'string') {
    return { outcome: 'unscored', reason: score.reason };
  }
  if (score?.outcome !== 'scored' || typeof score.value !== 'number') {
    throw broken(
      reward,
      'a score',
      describeFound(score),
      '{ outcome: "scored", value } or { outcome: "unscored", reason }',
    );
  }
  const [lowest, highest] = reward.plugin.range;
  if (!Number.isFinite(score.value)) {
    return { outcome: 'unscored', reason: `the reward answered ${score.value}` };
  }
  if (score.value < lowest || score.value > highest) {
    throw broken(reward, 'a value', String(score.value), `${lowest} to ${highest}, its own range`);
  }
  const { value, details } = score;
  if (details === undefined) {
    return { outcome: 'scored', value };
  }
  try {
    stringifyJson(details);
  } catch (error) {
    throw broken(reward, 'details', (error as Error).message, 'JSON');
  }
  return { outcome: 'scored', value, details };
}

function broken(reward: BoundReward, what: string, found: string, expected: string): PluginContractError {
  return new PluginContractError({ plugin: `reward "${reward.name}"`, what, found, expected });
}
