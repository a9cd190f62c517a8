import { defineReward } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';
import { scoreTexts } from './score-texts.ts';

const Config = z.strictObject({
  /** Longest piece of a text that is predicted at once, from the piece before it. */
  maxCharacters: z.int().min(100).default(2000),
});

/**
 * How well a language model predicts a text: the probability that it gives to a byte, the geometric mean, which is
 * 2^-(bits per byte) and lies between 0 and 1. Of bytes and not of tokens, so that models can be compared.
 *
 * For looking at a corpus; it is no training reward. Pages with a menu added are easier to predict than without it in 78
 * of 100 cases, text that goes in circles in 95.
 */
export const perplexityReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'perplexity',
  configSchema: Config,
  roles: ['default'],
  range: [0, 1],
  reads: 'text',

  async doScore(samples, { config, likelihood, models, abortSignal }) {
    abortSignal.throwIfAborted();
    const texts = [...new Set(samples.map(({ rephrased }) => rephrased))].filter((text) => !saysNothing(text));
    const scores = await scoreTexts(texts, config.maxCharacters, (requests) =>
      likelihood(models.default, requests, { abortSignal }),
    );
    return samples.map(
      ({ rephrased }) => scores.get(rephrased) ?? { outcome: 'unscored', reason: 'the text is empty' },
    );
  },
});
