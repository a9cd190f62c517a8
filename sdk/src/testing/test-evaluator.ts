import { describe, expect, it } from 'vitest';
import type { EvaluatorSubjects, EvaluatorV1 } from '../contract/evaluator.ts';
import { bindEvaluator } from '../evaluators/bind-evaluator.ts';
import { evaluateSubject } from '../evaluators/evaluate-subject.ts';
import { type FakeHostOptions, fakeHost, fakeModels } from './fake-host.ts';
import { freezeDeeply } from './freeze-deeply.ts';
import { type RawConfig, testPluginObject } from './test-plugin-object.ts';
import { watchCalls } from './watch-calls.ts';

export interface EvaluatorSuite<Subject extends keyof EvaluatorSubjects> extends FakeHostOptions {
  readonly config: RawConfig;
  /** What is measured: `fakeCorpus(pairs)`, or `{ ...fakeModel('student'), tokenizer: 'fake' }`. */
  readonly subject: EvaluatorSubjects[Subject];
}

/**
 * Registers the tests that every evaluator passes. Give the answers of what it asks: `worker`, `generate`, `likelihood`.
 *
 * @example
 * testEvaluator(lossEvaluator, { config: {}, subject: { ...fakeModel('student'), tokenizer: 'fake' }, likelihood: () => -1 });
 */
export function testEvaluator<Config, Subject extends keyof EvaluatorSubjects>(
  evaluator: EvaluatorV1<Config, Subject>,
  { config, subject, ...answers }: EvaluatorSuite<Subject>,
): void {
  const evaluate = async (abortSignal = new AbortController().signal) => {
    const { host, unabortable } = watchCalls(fakeHost({ models: fakeModels(evaluator.roles), ...answers }));
    const bound = await bindEvaluator(evaluator, config, host);
    return { report: await evaluateSubject(bound, freezeDeeply(subject), { abortSignal }), unabortable };
  };

  describe(`evaluator ${evaluator.name} keeps the contract`, () => {
    testPluginObject(evaluator, config);

    it('reports finite metrics with their count, intervals around their values, and whole tables', async () => {
      await evaluate(); // checks the report and throws a PluginContractError that names the fault
    });

    it('gives the same report for the same seed', async () => {
      expect((await evaluate()).report).toEqual((await evaluate()).report);
    });

    it('rejects when it is aborted', async () => {
      const aborted = AbortSignal.abort(new Error('aborted by the suite'));
      await expect(evaluate(aborted)).rejects.toThrow('aborted by the suite');
    });

    it('hands its abort signal on to everything it calls', async () => {
      expect((await evaluate()).unabortable).toEqual([]);
    });
  });
}
