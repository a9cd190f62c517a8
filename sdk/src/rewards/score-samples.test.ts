import { DeadlineExceededError, ReproError } from '@repro/bridge';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineReward, type RewardContext, type RewardSample, type RewardScore } from '../contract/reward.ts';
import { fakeHost } from '../testing/fake-host.ts';
import { bindReward, type RewardSettings } from './bind-reward.ts';
import { scoreIsolating } from './score-isolating.ts';
import { scoreSamples } from './score-samples.ts';

type Score = (samples: readonly RewardSample[], context: RewardContext<object>) => Promise<readonly RewardScore[]>;

const abortSignal = new AbortController().signal;
const samplesOf = (...texts: string[]): RewardSample[] =>
  texts.map((rephrased, index) => ({ id: String(index), original: 'original', rephrased, metadata: {} }));

const rewardOf = (doScore: Score, reads: 'pair' | 'text' = 'pair') =>
  defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name: 'by-hand',
    configSchema: z.strictObject({ encoder: z.string().default('any') }),
    range: [0, 1],
    reads,
    doScore,
  });
const bind = (doScore: Score, settings: RewardSettings = {}, reads: 'pair' | 'text' = 'pair') =>
  bindReward(rewardOf(doScore, reads), {}, fakeHost(), { settings });

describe('scoreSamples', () => {
  it('gives one score per sample, in order, and nothing that the contract does not name', async () => {
    const reward = await bind(async (samples) =>
      samples.map(({ rephrased }) => ({
        outcome: 'scored',
        value: Number(rephrased),
        reward: 'another',
        details: { at: 1 },
      })),
    );
    expect(await scoreSamples(reward, samplesOf('1', '0', '0.5'), { abortSignal })).toEqual(
      [1, 0, 0.5].map((value) => ({ outcome: 'scored', value, details: { at: 1 } })),
    );
    expect(await scoreSamples(reward, [], { abortSignal })).toEqual([]);
  });

  it('shows the original only to a reward that compares', async () => {
    const seen: (string | undefined)[] = [];
    const look: Score = async (samples) =>
      samples.map(({ original }) => {
        seen.push(original);
        return { outcome: 'unscored', reason: 'looked' };
      });
    await scoreSamples(await bind(look), samplesOf('a'), { abortSignal });
    await scoreSamples(await bind(look, {}, 'text'), samplesOf('a'), { abortSignal });
    expect(seen).toEqual(['original', undefined]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'leaves a text unscored for which the answer is %d',
    async (value) => {
      const reward = await bind(async () => [{ outcome: 'scored', value }]);
      expect(await scoreSamples(reward, samplesOf('a'), { abortSignal })).toEqual([
        { outcome: 'unscored', reason: `the reward answered ${value}` },
      ]);
    },
  );

  it.each<[string, unknown]>([
    ['too few scores', []],
    ['too many', [0, 0].map((value) => ({ outcome: 'scored', value }))],
    ['no list', undefined],
    ['a bare number', [0.5]],
    ['null', [null]],
    ['a value below its range', [{ outcome: 'scored', value: -0.01 }]],
    ['a value above its range', [{ outcome: 'scored', value: 1.01 }]],
    ['a text for a value', [{ outcome: 'scored', value: '1' }]],
    ['no reason', [{ outcome: 'unscored' }]],
    ['details that are no JSON', [{ outcome: 'scored', value: 1, details: { mean: Number.NaN } }]],
  ])('refuses %s', async (_, answer) => {
    const reward = await bind(async () => answer as readonly RewardScore[]);
    await expect(scoreSamples(reward, samplesOf('a'), { abortSignal })).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_CONTRACT',
      plugin: 'reward "by-hand"',
    });
  });

  it('lets a reward go that hangs past its time-out', async () => {
    const reward = await bind(() => new Promise(() => {}), { timeoutSeconds: 0.0301 });
    const scores = await scoreSamples(reward, samplesOf('a', 'b'), { abortSignal });
    expect(scores).toEqual([0, 1].map(() => ({ outcome: 'unscored', reason: 'timed out after 0.0301 s' })));
  });

  it('waits for a reward whose time-out is longer than a timer can be', async () => {
    const reward = await bind(async () => [{ outcome: 'scored', value: 1 }], { timeoutSeconds: 60 * 86_400 });
    expect(await scoreSamples(reward, samplesOf('a'), { abortSignal })).toEqual([{ outcome: 'scored', value: 1 }]);
  });

  it('ends with the reason of an abort, before the call and during it', async () => {
    const abort = new AbortController();
    const reward = await bind(() => new Promise(() => {}));
    const scoring = scoreSamples(reward, samplesOf('a'), { abortSignal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(scoring).rejects.toThrow('enough');
    await expect(scoreSamples(reward, samplesOf('a'), { abortSignal: abort.signal })).rejects.toThrow('enough');
  });
});

describe('scoreIsolating', () => {
  const failOn =
    (bad: (text: string) => boolean, error: Error): Score =>
    async (samples) => {
      if (samples.some(({ rephrased }) => bad(rephrased))) {
        throw error;
      }
      return samples.map(({ rephrased }) => ({ outcome: 'scored', value: Number(rephrased) / 10 }));
    };

  it('leaves only the text unscored that fails, in whatever place it stands', async () => {
    for (const bad of ['0', '3', '6']) {
      const score = scoreIsolating(await bind(failOn((text) => text === bad, new Error('cannot\nread'))));
      expect(await score(samplesOf('0', '1', '2', '3', '4', '5', '6'), { abortSignal })).toEqual(
        ['0', '1', '2', '3', '4', '5', '6'].map((text) =>
          text === bad ? { outcome: 'unscored', reason: 'cannot' } : { outcome: 'scored', value: Number(text) / 10 },
        ),
      );
    }
  });

  /** Hangs on batches with such a text; counts its calls. */
  function hangOn(bad: (text: string) => boolean) {
    const calls: string[] = [];
    const doScore: Score = (samples) => {
      const texts = samples.map(({ rephrased }) => rephrased);
      calls.push(texts.join(''));
      return texts.some(bad)
        ? new Promise(() => {})
        : Promise.resolve(samples.map(() => ({ outcome: 'scored', value: 1 })));
    };
    return { calls, doScore };
  }

  it('leaves only the text unscored that takes too long', async () => {
    const { calls, doScore } = hangOn((text) => text === 'f');
    const score = scoreIsolating(await bind(doScore, { timeoutSeconds: 0.02 }));
    const scores = await score(samplesOf(...'abcdefgh'), { abortSignal });
    expect(scores.flatMap((one, index) => (one.outcome === 'unscored' ? [[index, one.reason]] : []))).toEqual([
      [5, 'timed out after 0.02 s'],
    ]);
    expect(calls).toEqual(['abcdefgh', 'abcd', 'efgh', 'ef', 'e', 'f', 'gh']);
  });

  it('waits no longer than a few time-outs for a reward that is slow on every text', async () => {
    const { calls, doScore } = hangOn(() => true);
    const score = scoreIsolating(await bind(doScore, { timeoutSeconds: 0.01 }));
    const scores = await score(samplesOf(...'abcdefghijklmnop'), { abortSignal });
    expect(scores.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 16 }, () => 'unscored'));
    expect(calls.length).toBeLessThanOrEqual(11);
  });

  it('gives up on a reward that fails on every text', async () => {
    const score = scoreIsolating(await bind(failOn(() => true, new DeadlineExceededError('too slow'))));
    expect(await score(samplesOf('a', 'b', 'c'), { abortSignal })).toHaveLength(3);
    await expect(score(samplesOf(...'abcdefghijklmnop'), { abortSignal })).rejects.toThrow('too slow');
  });

  it('forgets failures once a text could be scored', async () => {
    const score = scoreIsolating(await bind(failOn((text) => text === 'x', new Error('no'))));
    for (let round = 0; round < 5; round++) {
      expect(await score(samplesOf(...'xxxxxxxx', '1'), { abortSignal })).toHaveLength(9);
    }
  });

  it('passes on at once what no text is to blame for', async () => {
    class MachineError extends ReproError {
      readonly code = 'REPRO_MACHINE';
    }
    let calls = 0;
    const reward = await bind(async () => {
      calls += 1;
      throw new MachineError('the disk is full');
    });
    await expect(scoreIsolating(reward)(samplesOf('a', 'b'), { abortSignal })).rejects.toThrow('the disk is full');
    expect(calls).toBe(1);
    const broken = await bind(async () => []);
    await expect(scoreIsolating(broken)(samplesOf('a', 'b'), { abortSignal })).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_CONTRACT',
    });
  });
});

describe('the threshold of a reward', () => {
  const calibrated = {
    ...rewardOf(async () => []),
    defaultThreshold: ({ encoder }: { encoder: string }) => (encoder === 'known' ? 0.65 : undefined),
  };
  const thresholdOf = async (config: object, settings: RewardSettings = {}) =>
    (await bindReward(calibrated, { ...config }, fakeHost(), { settings })).threshold;

  it('is the stated one, else the calibrated one, and none on request', async () => {
    expect(await thresholdOf({ encoder: 'known' })).toBe(0.65);
    expect(await thresholdOf({ encoder: 'known' }, { threshold: 0 })).toBe(0);
    expect(await thresholdOf({ encoder: 'known' }, { threshold: 'none' })).toBeUndefined();
    expect((await bind(async () => [])).threshold).toBeUndefined();
  });

  it('must be stated where none is calibrated, and lie in the range', async () => {
    await expect(thresholdOf({ encoder: 'other' })).rejects.toMatchObject({
      code: 'REPRO_RECIPE',
      message: /no calibrated threshold .* state "threshold:"/,
    });
    expect(await thresholdOf({ encoder: 'other' }, { threshold: 0.5 })).toBe(0.5);
    await expect(thresholdOf({}, { threshold: 1.5 })).rejects.toThrow(
      'found 1.5, expected a value in the range of by-hand, 0 to 1',
    );
  });
});
