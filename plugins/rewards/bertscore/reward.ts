import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';
import { encoders } from './encoders.ts';

const Config = z.strictObject({
  /** Encoder whose hidden states are compared; a threshold is only meaningful for one encoder. */
  encoder: z.string(),
  /** Layer whose hidden states are compared, from 1. Known encoders have theirs; of others it is the last one. */
  layer: z.int().positive().optional(),
});

const ScoreOutput = z.strictObject({
  f1: z.array(z.number()),
  windows: z.array(z.tuple([z.int(), z.int()])),
});

/** BERTScore F1 of the rephrasing against its original (Zhang et al. 2020); the threshold makes it 0 or 1. */
export const bertscoreReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'bertscore',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',
  handler: {
    file: new URL('./handler.py', import.meta.url),
    requires: ['torch>=2.6', 'transformers>=5'],
  },

  defaultThreshold: ({ encoder, layer }) => (layer === undefined ? encoders[encoder]?.threshold : undefined),

  async doScore(samples, { config, worker, abortSignal }) {
    abortSignal.throwIfAborted();
    const pairs = samples.filter(({ original = '', rephrased }) => !saysNothing(original) && !saysNothing(rephrased));
    if (pairs.length === 0) {
      return samples.map(scoreEmpty);
    }
    const { f1, windows } = await worker.call(
      'score',
      {
        encoder: config.encoder,
        layer: config.layer ?? encoders[config.encoder]?.layer ?? null,
        originals: pairs.map(({ original }) => original),
        rephrased: pairs.map(({ rephrased }) => rephrased),
      },
      { output: ScoreOutput, abortSignal },
    );
    const scores = new Map(pairs.map((pair, index) => [pair, readScore(f1[index], windows[index])]));
    return samples.map((sample) => scores.get(sample) ?? scoreEmpty(sample));
  },
});

/** Without a token there is nothing to match: an empty rephrasing has the lowest score, an empty original none. */
function scoreEmpty({ original = '' }: RewardSample): RewardScore {
  return saysNothing(original)
    ? { outcome: 'unscored', reason: 'the original is empty' }
    : { outcome: 'scored', value: 0 };
}

function readScore(f1?: number, windows?: readonly [original: number, rephrased: number]): RewardScore {
  if (f1 === undefined || windows === undefined) {
    throw new Error('The handler of bertscore answered with fewer scores than pairs.');
  }
  const [original, rephrased] = windows;
  return { outcome: 'scored', value: f1, details: { windows: { original, rephrased } } };
}
