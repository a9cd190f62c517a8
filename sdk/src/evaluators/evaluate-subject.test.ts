import { expect, it } from 'vitest';
import { z } from 'zod';
import type { EvaluationReport } from '../contract/evaluator.ts';
import { defineEvaluator } from '../contract/evaluator.ts';
import { fakeHost, fakeModel } from '../testing/fake-host.ts';
import { bindEvaluator } from './bind-evaluator.ts';
import { evaluateSubject } from './evaluate-subject.ts';

const loss = { name: 'loss', value: 2, n: 10, interval: [1, 3] } as const;

async function evaluate(report: EvaluationReport) {
  const evaluator = defineEvaluator({
    specificationVersion: 'v1',
    kind: 'evaluator',
    name: 'fixed',
    configSchema: z.strictObject({}),
    subject: 'model',
    doEvaluate: async () => report,
  });
  const bound = await bindEvaluator(evaluator, {}, fakeHost());
  const model = { ...fakeModel('student'), tokenizer: 'fake' };
  return evaluateSubject(bound, model, { abortSignal: AbortSignal.timeout(5_000) });
}

it('gives a sound report back', async () => {
  const report = { metrics: [loss], tables: [{ title: 'T', columns: ['a', 'b'], rows: [[1, null]] }] };
  expect(await evaluate(report)).toBe(report);
});

it.each([
  ['no metrics', { metrics: [] }, 'names of metrics: found none'],
  ['a name twice', { metrics: [loss, loss] }, 'names of metrics: found loss, loss'],
  ['NaN', { metrics: [{ ...loss, value: Number.NaN }] }, 'metric "loss": found NaN'],
  ['a metric of nothing', { metrics: [{ ...loss, n: 0 }] }, 'n of metric "loss": found 0'],
  ['a value outside its interval', { metrics: [{ ...loss, value: 4 }] }, 'interval of metric "loss": found 1 to 3'],
  [
    'a row that does not fit',
    { metrics: [loss], tables: [{ title: 'T', columns: ['a'], rows: [[1, 2]] }] },
    'a row of "T": found 2 cells, expected 1',
  ],
  [
    'a chart with an infinity',
    { metrics: [loss], charts: [{ title: 'C', specification: { width: Number.POSITIVE_INFINITY } }] },
    'tables and charts: found',
  ],
])('names the plugin and the fault of a report with %s', async (_what, report, message) => {
  await expect(evaluate(report)).rejects.toThrow(`evaluator "fixed": ${message}`);
});
