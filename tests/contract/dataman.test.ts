import type { RewardSample } from '@repro/sdk/contract';
import { bindReward, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { datamanReward } from './dataman.ts';

const config = { prompt: 'Rate {text} now.', label: 'overall' };

/** Thirteen criteria, then an overall score: longer is better. */
function generate(prompt: string): string {
  return `B\n${'3\n'.repeat(13)}${Math.min(5, Math.ceil(prompt.length / 20))}`;
}

testReward(datamanReward, { config, generate });

const options = { abortSignal: AbortSignal.timeout(5_000) };
const rollouts = Array.from({ length: 8 }, (_, number) => ({
  id: `rollout-${number}`,
  original: 'the page',
  rephrased: `the page, rewritten in words of its own ${number}`,
  metadata: {},
}));

it('has the original scored once, in one call, in concurrent calls and in later ones', async () => {
  const asked: string[] = [];
  const host = fakeHost({
    generate: async (prompt) => {
      asked.push(prompt);
      return generate(prompt);
    },
  });
  const bound = await bindReward(datamanReward, config, host);
  const [one, two] = await Promise.all([
    scoreSamples(bound, rollouts.slice(0, 4), options),
    scoreSamples(bound, rollouts.slice(4), options),
  ]);
  await scoreSamples(bound, rollouts, options);
  expect([...one, ...two]).toEqual(
    rollouts.map(() => ({ outcome: 'scored', value: 2, details: { before: 1, after: 3 } })),
  );
  expect(asked).toHaveLength(9);
});

it('takes a stored score of the original, and is unscored when the scorer answers otherwise', async () => {
  const host = fakeHost({ generate: (prompt) => (prompt.includes('odd') ? 'A fine page!' : generate(prompt)) });
  const bound = await bindReward(datamanReward, config, host);
  const samples: readonly RewardSample[] = [
    { id: 'a', original: 'page', rephrased: 'x', metadata: { overall: 4 } },
    { id: 'b', original: 'page', rephrased: 'odd', metadata: {} },
  ];
  expect(await scoreSamples(bound, samples, options)).toMatchObject([
    { outcome: 'scored', value: -3 },
    { outcome: 'unscored', reason: 'the scorer gave no overall score for the rephrasing' },
  ]);
});
