import { defineReward } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** A fastText classifier with two labels. */
  classifier: z.string().meta({ format: 'path' }),
  /** The label of unwanted text: a text that gets it with p scores 1 - p. */
  unwanted: z.string().default('__label__cc'),
});

const Scores = z.array(
  z.union([
    z.strictObject({ outcome: z.literal('scored'), value: z.number() }),
    z.strictObject({ outcome: z.literal('unscored'), reason: z.string() }),
  ]),
);

/** Probability that a classifier gives a text. As a filter it runs where the shard is read, through the same method. */
export const fasttextReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'fasttext',
  configSchema: Config,
  range: [0, 1],
  reads: 'text',
  handler: { file: new URL('./fasttext.py', import.meta.url), requires: ['fasttext-modern>=0.10.0'] },
  textHandler: 'score',

  doScore(samples, { config, worker, abortSignal }) {
    const texts = samples.map(({ rephrased }) => rephrased);
    return worker.call('score', { config, texts }, { output: Scores, abortSignal });
  },
});
