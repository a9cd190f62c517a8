import { type Completion, defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { cutsOf } from '../judge/cuts-of.ts';
import { readRating } from '../judge/read-rating.ts';
import { readVerdict } from '../judge/read-verdict.ts';
import { saysNothing } from '../says-nothing.ts';
import { structurePrompt, textParts } from './structure-prompt.ts';

const Config = z.strictObject({
  /** Tokens of each of the two texts that the judge sees, half of them from its beginning and half from its end. 947 is the paper's value. */
  maxTextTokens: z.int().min(2).default(947),
  /** Room for the answer. 8, the paper's value, holds an empty think block and one digit; a judge that reasons needs more. */
  maxAnswerTokens: z.int().min(1).default(8),
});

/**
 * 1 when a language model says that paragraphs, lists, tables, JSON and code kept their form, 0 when it says that they
 * did not. An answer that is neither is the judge's failure and leaves the text unscored. What changes in the middle of
 * a text longer than `maxTextTokens` is not seen, and the details say so; `structure-rules` sees all of it.
 */
export const structureReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'structure',
  configSchema: Config,
  roles: ['default'],
  range: [0, 1],
  reads: 'pair',

  async doScore(samples, { config, generate, models, abortSignal }) {
    abortSignal.throwIfAborted();
    const pairs = samples.filter(needsJudge);
    const prompts = pairs.map(({ original = '', rephrased }) =>
      structurePrompt(original, rephrased, config.maxTextTokens),
    );
    const sampling = { temperature: 0, maxTokens: config.maxAnswerTokens };
    const completions = await generate(models.default, prompts, { ...sampling, abortSignal });
    const scores = new Map(pairs.map((pair, index) => [pair, scoreAnswer(pair, completions[index])]));
    return samples.map((sample) => scores.get(sample) ?? scoreUnasked(sample));
  },
});

function needsJudge({ original = '', rephrased }: RewardSample): boolean {
  return !saysNothing(original) && !saysNothing(rephrased) && original !== rephrased;
}

function scoreUnasked({ original = '', rephrased }: RewardSample): RewardScore {
  return saysNothing(original)
    ? { outcome: 'unscored', reason: 'the original is empty' }
    : { outcome: 'scored', value: saysNothing(rephrased) ? 0 : 1 };
}

function scoreAnswer({ original = '', rephrased }: RewardSample, completion: Completion | undefined): RewardScore {
  const judged = [original, rephrased];
  const verdict = readVerdict(completion, judged, (answer) => readRating(answer, { lowest: 0, highest: 1 }, judged));
  if (verdict.outcome === 'unread') {
    return { outcome: 'unscored', reason: verdict.reason };
  }
  const cuts = cutsOf(completion, textParts);
  return { outcome: 'scored', value: verdict.rating, ...(cuts && { details: { cuts } }) };
}
