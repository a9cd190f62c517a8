import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';

const Config = z
  .strictObject({
    /** Most characters of the rephrasing per character of its original; 1.25 is the paper's value. */
    atMost: z.number().positive().default(1.25),
    /**
     * Fewest. The paper has no lower bound, so a one-line summary earned the full reward. Of 1,000 organic pages 4 %
     * have under a fifth of their characters in whole sentences; a shorter rewrite has far more often lost content.
     */
    atLeast: z.number().min(0).default(0.2),
  })
  .refine((config) => config.atLeast <= config.atMost, { path: ['atLeast'], error: 'atLeast is above atMost' });

type Config = z.output<typeof Config>;

/** 1 when the rephrasing's length in code points is within bounds of its original's, else 0. */
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
  const ratio = countCodePoints(rephrased.trim()) / countCodePoints(original.trim());
  return { outcome: 'scored', value: ratio >= atLeast && ratio <= atMost ? 1 : 0, details: { ratio } };
}

/** As Python's `len` counts; UTF-16 units would make an emoji twice as long as a letter. */
function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}
