import { readFile } from 'node:fs/promises';
import { defineEvaluator, type Likelihood, type LikelihoodRequest } from '@repro/sdk/contract';
import { z } from 'zod';

const Item = z.discriminatedUnion('kind', [
  /** Right when the gold choice has the lowest mean cross-entropy. */
  z.object({ kind: z.literal('choice'), context: z.string(), choices: z.array(z.string()).min(2), gold: z.int() }),
  /** Right when every token of the continuation is the model's first choice. */
  z.object({ kind: z.literal('language'), context: z.string(), continuation: z.string() }),
  /** Right when the gold context makes the shared continuation likeliest. */
  z.object({
    kind: z.literal('schema'),
    contexts: z.array(z.string()).min(2),
    continuation: z.string(),
    gold: z.int(),
  }),
]);

const Task = z.object({ name: z.string(), chance: z.number().min(0).lt(1), items: z.array(Item).min(1) });

const Config = z.strictObject({
  /** JSON: tasks with the accuracy of chance and rendered few-shot items. */
  data: z.string().meta({ format: 'path' }),
});

/** Core (Li et al. 2024): the mean over tasks of (accuracy - chance) / (1 - chance). */
export const coreEvaluator = defineEvaluator({
  specificationVersion: 'v1',
  kind: 'evaluator',
  name: 'core-sketch',
  configSchema: Config,
  subject: 'model',

  async doEvaluate(model, { config, likelihood, abortSignal }) {
    const tasks = z.array(Task).parse(JSON.parse(await readFile(config.data, 'utf8')));
    const metrics = [];
    const tooLong = [];
    for (const { name, chance, items } of tasks) {
      const right = await Promise.all(
        items.map(async (item) => isRight(item, await likelihood(model, requestsOf(item), { abortSignal }))),
      );
      const read = right.filter((answer) => answer !== undefined);
      tooLong.push([name, items.length - read.length]);
      if (read.length > 0) {
        const accuracy = read.filter(Boolean).length / read.length;
        const reach = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / read.length);
        const centre = (share: number) => (share - chance) / (1 - chance);
        const interval = [centre(accuracy - reach), centre(accuracy + reach)] as const;
        metrics.push({ name, value: centre(accuracy), n: read.length, interval });
      }
    }
    const core = metrics.reduce((sum, { value }) => sum + value, 0) / metrics.length;
    const tables = [{ title: 'Items that do not fit the window', columns: ['task', 'items'], rows: tooLong }];
    return { metrics: [...metrics, { name: 'core', value: core, n: metrics.length }], tables };
  },
});

function requestsOf(item: z.infer<typeof Item>): readonly LikelihoodRequest[] {
  switch (item.kind) {
    case 'choice':
      return item.choices.map((continuation) => ({ context: item.context, continuation }));
    case 'language':
      return [item];
    case 'schema':
      return item.contexts.map((context) => ({ context, continuation: item.continuation }));
  }
}

/** Undefined where the model could not answer: that is not a wrong answer. */
function isRight(item: z.infer<typeof Item>, answers: readonly Likelihood[]): boolean | undefined {
  if (!answers.every((answer) => answer.outcome === 'computed')) {
    return undefined;
  }
  const losses = answers.map(({ sumLogProbability, tokens }) => -sumLogProbability / tokens);
  return item.kind === 'language'
    ? answers.every(({ greedy }) => greedy)
    : losses.indexOf(Math.min(...losses)) === item.gold;
}
