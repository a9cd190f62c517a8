import { countCharacters, defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';

const Config = z
  .strictObject({
    /** Most characters of the rephrasing per character of its original; 1.25 is the paper's value. */
    atMost: z.number().positive().default(1.25),
    /**
     * Fewest. The paper has no lower bound, so a one-line summary earned the full reward. Of 1,000 organic pages one in
     * twenty has under a fifth of its characters in whole sentences; a shorter rewrite has far more often lost content.
     * 0.6 sees a page that was cut in half too. It is wise where pages come without menus and lists of links, or were
     * rewritten once already: of those 1,000 a third have less than that in whole sentences, and lose by a good rewrite
     * (docs/rewards.md has the figures for each bound).
     */
    atLeast: z.number().min(0).default(0.2),
  })
  .refine((config) => config.atLeast <= config.atMost, { path: ['atLeast'], error: 'expected at most atMost' });

type Config = z.output<typeof Config>;

/** 1 when the rephrasing's length in code points is within bounds of its original's, else 0. White space around them counts nothing. */
export const lengthReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'length',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',

  async doScore(samples, { config, abortSignal }) {
    abortSignal.throwIfAborted();
    return samples.map((sample) => scoreLength(sample, config));
  },
});

function scoreLength({ original = '', rephrased }: RewardSample, { atLeast, atMost }: Config): RewardScore {
  if (saysNothing(original)) {
    return { outcome: 'unscored', reason: 'the original is empty' };
  }
  if (saysNothing(rephrased)) {
    return { outcome: 'scored', value: 0, details: { ratio: 0 } };
  }
  const ratio = countCharacters(rephrased.trim()) / countCharacters(original.trim());
  return { outcome: 'scored', value: ratio >= atLeast && ratio <= atMost ? 1 : 0, details: { ratio } };
}
