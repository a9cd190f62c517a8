import type { Likelihood, LikelihoodRequest } from '@repro/sdk/contract';
import { bindReward, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { perplexityReward } from './reward.ts';

/** Every byte has a probability of one half. */
const oneBit = ({ continuation }: LikelihoodRequest) => -Buffer.byteLength(continuation) * Math.LN2;

testReward(perplexityReward, { config: {}, likelihood: oneBit });

async function score(
  likelihood: (request: LikelihoodRequest) => number | Likelihood,
  rephrased: string,
  config = { maxCharacters: 100 },
) {
  const bound = await bindReward(perplexityReward, config, fakeHost({ likelihood }));
  const [found] = await scoreSamples(bound, [{ id: '1', rephrased, metadata: {} }], {
    abortSignal: AbortSignal.timeout(5_000),
  });
  return found;
}

const half = expect.closeTo(0.5);
const long = 'The mill was built by the river, and it ground rye.\n\n'.repeat(12).trimEnd();

describe('perplexity', () => {
  it('is the mean probability of a byte', async () => {
    expect(await score(oneBit, 'Grüße')).toMatchObject({
      outcome: 'scored',
      value: half,
      details: { bitsPerByte: expect.closeTo(1) },
    });
    expect(await score(() => 0, 'sure')).toMatchObject({ value: 1, details: { bitsPerByte: 0 } });
    expect(await score(() => 1e-9, 'sure')).toMatchObject({ value: 1 });
    expect(await score(() => -1e6, 'never')).toMatchObject({ value: 0 });
  });

  it('predicts a long text piece by piece, each from the one before, every character once', async () => {
    const asked: LikelihoodRequest[] = [];
    const found = await score((request) => {
      asked.push(request);
      return oneBit(request);
    }, long);
    expect(asked.map(({ continuation }) => continuation).join('')).toBe(long);
    expect(asked.map(({ context }) => context)).toEqual(['', ...asked.slice(0, -1).map((one) => one.continuation)]);
    expect(found).toMatchObject({ value: half, details: { windows: asked.length } });
    expect(asked.length).toBeGreaterThan(6);
  });

  it('takes shorter pieces where the model has little room', async () => {
    const window = ({ context, continuation }: LikelihoodRequest): number | Likelihood =>
      context.length + continuation.length > 150
        ? { outcome: 'failed', reason: 'prompt-too-long' }
        : oneBit({ context, continuation });
    expect(await score(window, long, { maxCharacters: 1600 })).toMatchObject({ outcome: 'scored', value: half });
  });

  it('is unscored where the model fails', async () => {
    const unscored = (reason: string) => ({ outcome: 'unscored', reason });
    for (const reason of ['prompt-too-long', 'engine-error'] as const) {
      expect(await score(() => ({ outcome: 'failed', reason }), long)).toEqual(
        unscored(`the model gave no likelihood: ${reason}`),
      );
    }
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(await score(() => value, long)).toEqual(
        unscored(`the model gave a likelihood that is no number: ${value}`),
      );
    }
    expect(await score(oneBit, ' \u200b\n')).toEqual(unscored('the text is empty'));
  });
});
