import { bindReward, fakeHost, fakeWorker, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { bertscoreReward } from './reward.ts';

interface ScoreInput {
  readonly encoder: string;
  readonly layer: number | null;
  readonly originals: readonly string[];
  readonly rephrased: readonly string[];
}

const answer = ({ originals, rephrased }: ScoreInput) => ({
  f1: rephrased.map((text, index) => (text === originals[index] ? 1 : 0.65)),
  windows: rephrased.map(() => [2, 1]),
});

testReward(bertscoreReward, { config: { encoder: 'any' }, worker: fakeWorker({ score: answer }) });

describe('bertscore', () => {
  const pair = (original: string, rephrased: string) => ({ id: '1', original, rephrased, metadata: {} });
  const score = async (
    samples: readonly ReturnType<typeof pair>[],
    config: Record<string, unknown> = { encoder: 'any' },
  ) => {
    const calls: ScoreInput[] = [];
    const worker = fakeWorker({
      score: (input: ScoreInput) => {
        calls.push(input);
        return answer(input);
      },
    });
    const bound = await bindReward(bertscoreReward, config, fakeHost({ worker }), { settings: { threshold: 'none' } });
    return { scores: await scoreSamples(bound, samples, { abortSignal: AbortSignal.timeout(1_000) }), calls };
  };

  it('returns the raw F1 and how many windows each text took', async () => {
    const { scores } = await score([pair('a', 'b'), pair('a', 'a')]);
    const details = { windows: { original: 2, rephrased: 1 } };
    expect(scores).toEqual([
      { outcome: 'scored', value: 0.65, details },
      { outcome: 'scored', value: 1, details },
    ]);
  });

  it('gives an empty rephrasing 0 and an empty original nothing, without asking the encoder', async () => {
    const texts = ['', '   ', '\u200b\n', 'Here is a paraphrased version:'];
    const { scores, calls } = await score([
      ...texts.map((text) => pair('three birds', text)),
      pair('', 'text'),
      pair('a', 'b'),
    ]);
    expect(scores.slice(0, 4)).toEqual(texts.map(() => ({ outcome: 'scored', value: 0 })));
    expect(scores[4]).toEqual({ outcome: 'unscored', reason: 'the original is empty' });
    expect(scores[5]).toMatchObject({ value: 0.65 });
    expect(calls).toMatchObject([{ originals: ['a'], rephrased: ['b'] }]);
    expect((await score([pair('', '')])).calls).toEqual([]);
  });

  it.each([
    [{ encoder: 'builtin:minilm-l6' }, 6],
    [{ encoder: 'microsoft/deberta-large-mnli' }, 18],
    [{ encoder: './my-encoder' }, null],
    [{ encoder: './my-encoder', layer: 18 }, 18],
  ])('compares the layer of %j', async (config, layer) => {
    expect((await score([pair('a', 'b')], config)).calls).toMatchObject([{ layer }]);
  });

  it('has a threshold for the encoders it was calibrated on, and for no other', async () => {
    const threshold = async (config: Record<string, unknown>) =>
      (await bindReward(bertscoreReward, config, fakeHost())).threshold;
    expect(await threshold({ encoder: 'microsoft/deberta-large-mnli' })).toBe(0.65);
    expect(await threshold({ encoder: 'builtin:minilm-l6' })).toBeTypeOf('number');
    await expect(threshold({ encoder: './my-encoder' })).rejects.toThrow(/threshold/);
    await expect(threshold({ encoder: 'builtin:minilm-l6', layer: 3 })).rejects.toThrow(/threshold/);
  });

  it('says so when the handler leaves scores out', async () => {
    const worker = fakeWorker({ score: () => ({ f1: [], windows: [] }) });
    const bound = await bindReward(bertscoreReward, { encoder: 'any' }, fakeHost({ worker }), {
      settings: { threshold: 'none' },
    });
    const abortSignal = AbortSignal.timeout(1_000);
    await expect(scoreSamples(bound, [pair('a', 'b')], { abortSignal })).rejects.toThrow(/fewer scores/);
  });
});
