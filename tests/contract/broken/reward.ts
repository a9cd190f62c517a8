import { defineReward, type RewardSample } from '@repro/sdk/contract';
import { fakeWorker, testReward } from '@repro/sdk/testing';
import { z } from 'zod';

const base = {
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'broken',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'pair',
} as const;

const score = (value: (sample: RewardSample, index: number) => number) => async (samples: readonly RewardSample[]) =>
  samples.map((sample, index) => ({ outcome: 'scored', value: value(sample, index) }) as const);

testReward(defineReward({ ...base, name: 'loose-config', configSchema: z.object({}), doScore: score(() => 1) }), {
  config: {},
});
testReward(defineReward({ ...base, name: 'Not_Kebab', doScore: score(() => 1) }), { config: {} });
testReward(defineReward({ ...base, name: 'out-of-range', doScore: score(() => 2) }), { config: {} });
testReward(defineReward({ ...base, name: 'not-a-number', doScore: score(() => Number.NaN) }), { config: {} });
testReward(defineReward({ ...base, name: 'by-place', doScore: score((_sample, index) => index / 100) }), {
  config: {},
});
testReward(defineReward({ ...base, name: 'too-few', doScore: async () => [] }), { config: {} });
testReward(
  defineReward({
    ...base,
    name: 'changes-its-input',
    doScore: score((sample) => Object.assign(sample.metadata, { seen: true }) && 1),
  }),
  { config: {} },
);
testReward(
  defineReward({
    ...base,
    name: 'cannot-stop',
    async doScore(samples, { worker }) {
      const values = await worker.call('score', { count: samples.length }, { output: z.array(z.number()) });
      return values.map((value) => ({ outcome: 'scored', value }));
    },
  }),
  {
    config: {},
    worker: fakeWorker({ score: ({ count }: { count: number }) => Array.from({ length: count }, () => 1) }),
  },
);
