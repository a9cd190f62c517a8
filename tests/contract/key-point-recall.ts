import { type Completion, defineEvaluator } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({ pairs: z.int().positive().default(200) });

const verdicts = ['supported', 'omitted', 'contradicted'] as const;

/** Key points that an LLM finds in the originals, and what became of each in the rephrasing. */
export const keyPointRecallEvaluator = defineEvaluator({
  specificationVersion: 'v1',
  kind: 'evaluator',
  name: 'key-point-recall',
  configSchema: Config,
  roles: ['default'],
  subject: 'corpus',

  async doEvaluate(corpus, { config, generate, models, seed, abortSignal }) {
    const greedy = { temperature: 0, abortSignal };
    const pairs = await corpus.sample(config.pairs, seed);
    const lists = await generate(
      models.default,
      pairs.map(({ original }) => ask('List what this text says, one key point on each line after "- ".', original)),
      { ...greedy, maxTokens: 512 },
    );
    const points = pairs.flatMap((pair, index) => readPoints(lists[index]).map((point) => ({ pair, point })));
    const answers = await generate(
      models.default,
      points.map(({ pair, point }) =>
        ask(`Is this statement ${verdicts.join(', ')} in the text? Answer with one word.\n${point}`, pair.rephrased),
      ),
      { ...greedy, maxTokens: 8 },
    );

    const judged = points.map(({ pair }, index) => ({ id: pair.id, verdict: readVerdict(answers[index]) }));
    const metrics = verdicts.map((verdict) => {
      // One page's points stand or fall together, so a page counts as one.
      const pages = Map.groupBy(
        judged.filter((point) => point.verdict),
        ({ id }) => id,
      );
      const shares = [...pages.values()].map(
        (page) => page.filter((point) => point.verdict === verdict).length / page.length,
      );
      return { name: verdict, ...meanWithInterval(shares) };
    });
    const unread = judged.filter(({ verdict }) => verdict === undefined).length;
    return {
      metrics: metrics.filter(({ n }) => n > 0),
      tables: [{ title: 'Left out', columns: ['what', 'count'], rows: [['points without a verdict', unread]] }],
    };
  },
});

function ask(question: string, text: string) {
  const page = { text, maxTokens: 1500, keep: 'head-and-tail' } as const;
  return { messages: [{ role: 'user', content: [`${question}\n\nText:\n`, page] }] } as const;
}

function readPoints(answer: Completion | undefined): readonly string[] {
  const lines = answer?.outcome === 'completed' ? answer.text.split('\n') : [];
  return lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2).trim());
}

function readVerdict(answer: Completion | undefined) {
  return answer?.outcome === 'completed'
    ? verdicts.find((verdict) => answer.text.trim().toLowerCase().startsWith(verdict))
    : undefined;
}

function meanWithInterval(values: readonly number[]) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
  const reach = 1.96 * Math.sqrt(variance / n);
  return { value: mean, n, interval: [mean - reach, mean + reach] as const };
}
