import {
  type CorpusSubject,
  defineDataset,
  defineEvaluator,
  defineRephraser,
  defineReward,
  joinParts,
  type Likelihood,
  type ModelSubject,
  type Passage,
  type RewardSample,
  type RewardScore,
  type RewardV1,
  splitDocument,
} from '@repro/sdk/contract';
import { fakeWorker, testReward } from '@repro/sdk/testing';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';

// The compiler runs these tests: a line under `@ts-expect-error` that compiles is an error of `tsc`.

const Config = z.strictObject({ atMost: z.number().default(1.25), names: z.array(z.string()) });
type Config = { atMost: number; names: string[] };

const rewardBase = {
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'typed',
  configSchema: Config,
  range: [0, 1],
  reads: 'pair',
} as const;

it('infers the config of each kind from its schema, defaults filled in', () => {
  const reward = defineReward({
    ...rewardBase,
    async doScore(samples, { config, models }) {
      expectTypeOf(config).toEqualTypeOf<Config>();
      expectTypeOf(models.default.revision).toBeString();
      return samples.map(() => ({ outcome: 'scored', value: config.atMost }));
    },
  });
  expectTypeOf(reward).toEqualTypeOf<RewardV1<Config>>();

  defineRephraser({
    specificationVersion: 'v1',
    kind: 'rephraser',
    name: 'typed',
    configSchema: Config,
    split(document, { config, countTokens }) {
      expectTypeOf(config).toEqualTypeOf<Config>();
      return splitDocument(document, { maxCharacters: 10, maxTokens: config.atMost, countTokens });
    },
    prompt: (passage, config) => ({ text: `${config.names[0]}${passage.text}` }),
    parse: ([completion], _passage, config) => ({ outcome: 'dropped', reason: `${completion?.text}${config.atMost}` }),
    join: joinParts,
  });

  defineDataset({
    specificationVersion: 'v1',
    kind: 'dataset',
    name: 'typed',
    configSchema: Config,
    async doListShards({ config }) {
      expectTypeOf(config).toEqualTypeOf<Config>();
      return [];
    },
    async *doReadShard(_shard, { fromRecord }, { config }) {
      expectTypeOf(config).toEqualTypeOf<Config>();
      yield { outcome: 'record', text: '', metadata: {}, line: fromRecord + 1 };
    },
  });

  defineEvaluator({
    specificationVersion: 'v1',
    kind: 'evaluator',
    name: 'typed',
    configSchema: Config,
    subject: 'corpus',
    async doEvaluate(corpus, { config }) {
      expectTypeOf(config).toEqualTypeOf<Config>();
      expectTypeOf(corpus).toEqualTypeOf<CorpusSubject>();
      return { metrics: [] };
    },
  });
});

it('lets any plugin stand where its kind is asked for', () => {
  expectTypeOf<RewardV1<Config>>().toExtend<RewardV1>();
});

it('gives everything as readonly', () => {
  const change = (passage: Passage, sample: RewardSample, plugin: RewardV1) => {
    // @ts-expect-error a passage is not changed in place
    passage.text = '';
    // @ts-expect-error nor is a sample
    sample.rephrased = '';
    // @ts-expect-error nor is a plugin
    plugin.name = '';
    // @ts-expect-error nor its range
    plugin.range[0] = 1;
  };
  expectTypeOf(change).toBeFunction();
});

it('refuses a plugin of another version or kind', () => {
  const doScore = async (): Promise<readonly RewardScore[]> => [];
  // @ts-expect-error v2 does not exist
  defineReward({ ...rewardBase, specificationVersion: 'v2', doScore });
  // @ts-expect-error a reward is no rephraser
  defineRephraser({ ...rewardBase, doScore });
  // @ts-expect-error no version at all: no helper fills it in
  defineReward({ ...rewardBase, specificationVersion: undefined, doScore });
  const { jsonSchema: _none, ...standard } = Config['~standard'];
  const configSchema = { '~standard': standard };
  // @ts-expect-error a schema that cannot describe itself as JSON Schema
  defineReward({ ...rewardBase, configSchema, doScore });
});

it('refuses a failure without its reason, or with a number', () => {
  const scores: RewardScore[] = [
    // @ts-expect-error unscored says why
    { outcome: 'unscored' },
    // @ts-expect-error unscored is no number
    { outcome: 'unscored', value: 0, reason: 'none' },
    // @ts-expect-error scored has a value
    { outcome: 'scored' },
  ];
  expectTypeOf(scores).toBeArray();
  // @ts-expect-error a likelihood may have failed: look first
  expectTypeOf((answer: Likelihood) => answer.sumLogProbability).toBeFunction();
});

it('gives an evaluator the subject that it names', () => {
  const base = { specificationVersion: 'v1', kind: 'evaluator', name: 'typed', configSchema: Config } as const;
  const doEvaluate = async (_subject: ModelSubject) => ({ metrics: [] });
  defineEvaluator({ ...base, subject: 'model', doEvaluate });
  // @ts-expect-error a corpus has no path, tokenizer or revision
  defineEvaluator({ ...base, subject: 'corpus', doEvaluate });
});

it('types the answer of a worker by the schema that checks it', () => {
  const call = () => fakeWorker({}).call('score', {}, { output: z.object({ f1: z.array(z.number()) }) });
  expectTypeOf(call).returns.resolves.toEqualTypeOf<{ f1: number[] }>();
  expectTypeOf(testReward).parameter(1).toHaveProperty('config');
});
