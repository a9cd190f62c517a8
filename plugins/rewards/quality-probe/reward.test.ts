import { bindReward, fakeHost, fakeWorker, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { shippedEncoders } from './head.ts';
import { qualityProbeReward } from './reward.ts';

interface ScoreInput {
  readonly layer: number;
  readonly texts: readonly string[];
}

/** A text is as good as it has full stops. */
const answer = ({ texts }: ScoreInput) => ({ logOdds: texts.map((text) => text.split('.').length - 1) });

const auc = { value: 0.8, low: 0.7, high: 0.9, good: 3, other: 3 };
const head = (changes: object = {}) =>
  JSON.stringify({
    encoder: 'mine',
    revision: 'r1',
    layer: 3,
    auc: { folds: auc, heldOut: auc },
    recipe: { seed: 7 },
    check: 0.5,
    bias: 0,
    weights: [1, -1],
    ...changes,
  });

const config = { encoder: 'mine', head: head() };

testReward(qualityProbeReward, { config, worker: fakeWorker({ score: answer }) });

describe('quality-probe', () => {
  const pair = (original: string, rephrased: string) => ({ id: '1', original, rephrased, metadata: {} });
  const score = async (samples: readonly ReturnType<typeof pair>[], changes: object = {}) => {
    const calls: ScoreInput[] = [];
    const worker = fakeWorker({
      score: (input: ScoreInput) => {
        calls.push(input);
        return answer(input);
      },
    });
    const bound = await bindReward(qualityProbeReward, { ...config, ...changes }, fakeHost({ worker }));
    return { scores: await scoreSamples(bound, samples, { abortSignal: AbortSignal.timeout(1_000) }), calls };
  };

  it('is the difference of log-odds, 4 at most, and each text is read once', async () => {
    const { scores, calls } = await score([
      pair('One. Two', 'One. Two.'),
      pair('One. Two', 'a'),
      pair('q w e r', 'a.s.d.f.g.h'),
    ]);
    expect(scores).toEqual([
      { outcome: 'scored', value: 1, details: { logOdds: { original: 1, rephrased: 2 } } },
      { outcome: 'scored', value: -1, details: { logOdds: { original: 1, rephrased: 0 } } },
      { outcome: 'scored', value: 4, details: { logOdds: { original: 0, rephrased: 5 } } },
    ]);
    expect(calls).toMatchObject([{ layer: 3, texts: ['One. Two', 'One. Two.', 'a', 'q w e r', 'a.s.d.f.g.h'] }]);
  });

  it('gives what says nothing, or the same again and again, the lowest score without reading it', async () => {
    const page =
      'The mill by the river was built in 1874 by Anna Berg. It ground rye and oats until the flood of 1931.';
    const { scores, calls } = await score([
      pair(page, ''),
      pair(page, `${page}\n\n${page}`),
      pair(page, 'The mill by the river. '.repeat(5)),
      pair('', page),
    ]);
    const lowest = (gate: string) => expect.objectContaining({ value: -4, details: expect.objectContaining({ gate }) });
    expect(scores.slice(0, 3)).toEqual([lowest('empty'), lowest('repetitive'), lowest('repetitive')]);
    expect(scores[3]).toEqual({ outcome: 'unscored', reason: 'the original is empty' });
    expect(calls).toEqual([]);
    const open = await score([pair(page, `${page}\n\n${page}`)], { atLeastCompressionRatio: 0 });
    expect(open.scores).toMatchObject([{ value: 2 }]);
  });

  it.each([
    ['encoder', { encoder: 'other', head: undefined }, /no head for "other".*classifier train --probe --encoder other/],
    ['head', { head: head({ encoder: 'else' }) }, /was trained on "else", and the encoder is "mine"/],
    ['head', { head: '{"encoder":' }, /is no head that/],
    ['head', { head: head({ weights: 'many' }) }, /is no head that.*weights/],
  ])('names what is wrong with its %s', async (path, changes, message) => {
    const bound = bindReward(qualityProbeReward, { ...config, ...changes }, fakeHost());
    await expect(bound).rejects.toMatchObject({ code: 'REPRO_RECIPE', message: expect.stringMatching(message) });
    await expect(bound).rejects.toThrow(new RegExp(`^${path}: `));
  });

  it.each(shippedEncoders)('has a head for %s', async (encoder) => {
    const { plugin } = await bindReward(qualityProbeReward, { encoder }, fakeHost());
    expect(plugin.name).toBe('quality-probe');
  });

  it('says so when the handler leaves texts out', async () => {
    const worker = fakeWorker({ score: () => ({ logOdds: [] }) });
    const bound = await bindReward(qualityProbeReward, config, fakeHost({ worker }));
    const abortSignal = AbortSignal.timeout(1_000);
    await expect(scoreSamples(bound, [pair('a', 'b')], { abortSignal })).rejects.toThrow(/fewer numbers/);
  });
});
