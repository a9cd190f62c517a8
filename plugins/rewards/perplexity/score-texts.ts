import type { Likelihood, LikelihoodRequest, RewardScore } from '@repro/sdk/contract';
import { windowsOf } from './windows-of.ts';

/** Pieces are not made shorter than this; a model that has no room for two such pieces cannot predict text. */
const fewestCharacters = 50;

/**
 * A score for each text. One whose pieces are too long for the model (its window is small, or the script has many tokens
 * per character) is asked for again in pieces a quarter as long.
 */
export async function scoreTexts(
  texts: readonly string[],
  maxCharacters: number,
  ask: (requests: readonly LikelihoodRequest[]) => Promise<readonly Likelihood[]>,
): Promise<ReadonlyMap<string, RewardScore>> {
  const windows = texts.map((text) => windowsOf(text, maxCharacters));
  const answers = await ask(windows.flat());
  const shorter = Math.ceil(maxCharacters / 4);
  const scores = new Map<string, RewardScore>();
  const tooLong: string[] = [];
  let from = 0;
  for (const [index, text] of texts.entries()) {
    const to = from + (windows[index]?.length ?? 0);
    const likelihoods = answers.slice(from, to);
    from = to;
    if (shorter >= fewestCharacters && likelihoods.some(isTooLong)) {
      tooLong.push(text);
    } else {
      scores.set(text, scoreLikelihoods(likelihoods));
    }
  }
  return tooLong.length === 0 ? scores : new Map([...scores, ...(await scoreTexts(tooLong, shorter, ask))]);
}

function isTooLong(likelihood: Likelihood): boolean {
  return likelihood.outcome === 'failed' && likelihood.reason === 'prompt-too-long';
}

function scoreLikelihoods(likelihoods: readonly Likelihood[]): RewardScore {
  let logProbability = 0;
  let bytes = 0;
  let tokens = 0;
  for (const likelihood of likelihoods) {
    if (likelihood.outcome === 'failed') {
      return { outcome: 'unscored', reason: `the model gave no likelihood: ${likelihood.reason}` };
    }
    logProbability += likelihood.sumLogProbability;
    bytes += likelihood.bytes;
    tokens += likelihood.tokens;
  }
  // Rounding may put a certain text a hair above certainty.
  const bitsPerByte = Math.max(0, -logProbability / bytes / Math.LN2);
  if (!Number.isFinite(bitsPerByte)) {
    return { outcome: 'unscored', reason: `the model gave a likelihood that is no number: ${logProbability}` };
  }
  return { outcome: 'scored', value: 2 ** -bitsPerByte, details: { bitsPerByte, tokens, windows: likelihoods.length } };
}
