import { defineReward, type RewardSample, type RewardScore } from '@repro/sdk/contract';
import { z } from 'zod';
import { saysNothing } from '../says-nothing.ts';
import { encoders } from './encoders.ts';

const Config = z.strictObject({
  /** Encoder whose hidden states are compared; a threshold is only meaningful for one encoder. */
  encoder: z.string(),
  /** Layer whose hidden states are compared, from 1; of an encoder that is not known it is the last one. */
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
    const asked = samples.filter((sample) => settledWithoutModel(sample) === undefined);
    const scores =
      asked.length === 0
        ? undefined
        : await worker.call(
            'score',
            {
              encoder: config.encoder,
              layer: config.layer ?? encoders[config.encoder]?.layer ?? null,
              originals: asked.map(({ original }) => original ?? ''),
              rephrased: asked.map(({ rephrased }) => rephrased),
            },
            { output: ScoreOutput, abortSignal },
          );
    let next = 0;
    return samples.map((sample) => {
      const settled = settledWithoutModel(sample);
      return settled ?? readScore(scores, next++);
    });
  },
});

/** An empty text has no tokens to compare: the lowest score, not the encoder's guess. */
function settledWithoutModel({ original = '', rephrased }: RewardSample): RewardScore | undefined {
  if (saysNothing(original)) {
    return { outcome: 'unscored', reason: 'the original is empty' };
  }
  return saysNothing(rephrased) ? { outcome: 'scored', value: 0, details: { windows: 0 } } : undefined;
}

function readScore(scores: z.infer<typeof ScoreOutput> | undefined, index: number): RewardScore {
  const value = scores?.f1[index];
  if (value === undefined) {
    return { outcome: 'unscored', reason: 'the encoder gave no value' };
  }
  // Rounding can leave equal texts a hair above 1.
  const [ofOriginal, ofRephrased] = scores?.windows[index] ?? [0, 0];
  const details = { windows: { original: ofOriginal, rephrased: ofRephrased } };
  return { outcome: 'scored', value: Math.min(1, Math.max(0, value)), details };
}
