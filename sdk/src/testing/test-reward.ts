import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RewardSample, RewardScore, RewardV1 } from '../contract/reward.ts';
import { bindConfig, noPlace } from '../plugins/bind-config.ts';
import { bindReward } from '../rewards/bind-reward.ts';
import { scoreSamples } from '../rewards/score-samples.ts';
import { type FakeHostOptions, fakeHost, fakeModels } from './fake-host.ts';
import { freezeDeeply } from './freeze-deeply.ts';
import { sampleRewardSamples } from './sample-texts.ts';
import { type RawConfig, testPluginObject } from './test-plugin-object.ts';
import { watchCalls } from './watch-calls.ts';

export interface RewardSuite extends FakeHostOptions {
  readonly config: RawConfig;
  /** Pages and rephrasings of all sorts when absent. */
  readonly samples?: readonly RewardSample[];
}

/** Batches change the last digits of a float on a real model, never more. */
const tolerance = 1e-4;

/**
 * Registers the tests that every reward passes. Give the answers of what it asks: `worker`, `generate`, `likelihood`.
 *
 * @example
 * testReward(lengthReward, { config: { atMost: 1.25 } });
 */
export function testReward<Config>(
  reward: RewardV1<Config>,
  { config, samples: given = sampleRewardSamples, ...answers }: RewardSuite,
): void {
  // Frozen: a reward that changes its input throws in every test below.
  const samples = freezeDeeply(
    reward.reads === 'text' ? given.map(({ original: _none, ...sample }) => sample) : structuredClone(given),
  );
  const open = async () => {
    const { host, unabortable } = watchCalls(fakeHost({ models: fakeModels(reward.roles), ...answers }));
    const bound = await bindReward(reward, config, host, { settings: { threshold: 'none' } });
    const score = (some: readonly RewardSample[], abortSignal = new AbortController().signal) =>
      bound.doScore(some, abortSignal);
    return { bound, host, unabortable, score };
  };

  describe(`reward ${reward.name} keeps the contract`, () => {
    testPluginObject(reward, config);

    it.each([1, 2, samples.length])('gives one score for each of %i samples', async (count) => {
      const { score } = await open();
      expect(await score(samples.slice(0, count))).toHaveLength(Math.min(count, samples.length));
    });

    it('scores at least one of the samples', async () => {
      const scores = await (await open()).score(samples);
      expect(scores.filter(({ outcome }) => outcome === 'scored')).not.toHaveLength(0);
    });

    it('gives finite values in its range, and a reason where it gives none', async () => {
      const [lowest, highest] = reward.range;
      for (const [index, score] of (await (await open()).score(samples)).entries()) {
        const label = `score of sample ${index}, expected in ${lowest} to ${highest}`;
        if (score.outcome === 'scored') {
          expect(Number.isFinite(score.value), `${label}: found ${score.value}`).toBe(true);
          expect(score.value, label).toBeGreaterThanOrEqual(lowest);
          expect(score.value, label).toBeLessThanOrEqual(highest);
        } else {
          expect(score.reason, `${label}: unscored without a reason`).toMatch(/\S/);
        }
      }
    });

    it('gives a sample the same score alone, in a batch, and in another order', async () => {
      const { score } = await open();
      const together = await score(samples);
      const reversed = (await score(samples.toReversed())).toReversed();
      for (const [index, sample] of samples.entries()) {
        const [alone] = await score([sample]);
        expectSameScore(alone, together[index], `sample ${index} alone and in a batch`);
        expectSameScore(reversed[index], together[index], `sample ${index} in another order`);
      }
    });

    it('rejects when it is aborted', async () => {
      const { bound } = await open();
      const abortSignal = AbortSignal.abort(new Error('aborted by the suite'));
      await expect(scoreSamples(bound, samples, { abortSignal })).rejects.toThrow('aborted by the suite');
    });

    it('hands its abort signal on to everything it calls', async () => {
      const { score, unabortable } = await open();
      await score(samples);
      expect(unabortable).toEqual([]);
    });

    const { textHandler } = reward;
    if (textHandler !== undefined) {
      it('scores texts through its text handler as it scores samples', async () => {
        expect(reward.reads, 'only a reward that reads one text can have a text handler').toBe('text');
        const { host, score } = await open();
        const parsed = await bindConfig(reward.configSchema, config, noPlace);
        const input = { config: parsed, texts: samples.map(({ rephrased }) => rephrased) };
        const scores = await host.worker.call(textHandler, input, { output: TextScores });
        const expected = await score(samples);
        expect(scores).toHaveLength(expected.length);
        for (const [index, found] of scores.entries()) {
          expectSameScore(found, expected[index], `text ${index}`);
        }
      });
    }
  });
}

const TextScores: z.ZodType<readonly RewardScore[]> = z.array(
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('scored'), value: z.number() }),
    z.object({ outcome: z.literal('unscored'), reason: z.string() }),
  ]),
);

function expectSameScore(found: RewardScore | undefined, expected: RewardScore | undefined, label: string): void {
  expect(found?.outcome, label).toBe(expected?.outcome);
  if (found?.outcome === 'scored' && expected?.outcome === 'scored') {
    const difference = Math.abs(found.value - expected.value);
    expect(difference, `${label}: ${found.value} and ${expected.value}`).toBeLessThanOrEqual(tolerance);
  }
}
