import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Likelihood, LikelihoodRequest } from '@repro/sdk/contract';
import { bindEvaluator, evaluateSubject, fakeHost, fakeModel, testEvaluator } from '@repro/sdk/testing';
import { afterAll, expect, it } from 'vitest';
import { coreEvaluator } from './core.ts';

const tasks = [
  {
    name: 'choice',
    chance: 0.5,
    items: [
      // The long choice has the lower sum but the better mean: the mean decides.
      { kind: 'choice', context: 'Mills grind', choices: ['rocks', 'rye and oats and wheat'], gold: 1 },
      { kind: 'choice', context: 'Rye is', choices: ['a grain', 'no'], gold: 1 },
    ],
  },
  { name: 'language', chance: 0, items: [{ kind: 'language', context: 'The mill', continuation: 'rye' }] },
  {
    name: 'schema',
    chance: 0.5,
    items: [{ kind: 'schema', contexts: ['The rye', 'The rocks'], continuation: 'was ground', gold: 0 }],
  },
];

const folder = await mkdtemp(join(tmpdir(), 'core-'));
const data = join(folder, 'tasks.json');
await writeFile(data, JSON.stringify(tasks));
afterAll(() => rm(folder, { recursive: true }));

/** A model that expects rye. */
function likelihood({ context, continuation }: LikelihoodRequest): Likelihood {
  const tokens = continuation.split(' ').length;
  const expected = `${context} ${continuation}`.includes('rye') || context === 'The rye';
  return { outcome: 'computed', sumLogProbability: expected ? -tokens : -3, tokens, bytes: 9, greedy: expected };
}

const student = { ...fakeModel('student'), tokenizer: 'fake' };

testEvaluator(coreEvaluator, { config: { data }, subject: student, likelihood });

it('scores choices by mean cross-entropy, language by greedy tokens, schemas by context, centred on chance', async () => {
  const bound = await bindEvaluator(coreEvaluator, { data }, fakeHost({ likelihood }));
  const { metrics } = await evaluateSubject(bound, student, { abortSignal: AbortSignal.timeout(5_000) });
  expect(metrics.map(({ name, value, n }) => [name, value, n])).toEqual([
    ['choice', 0, 2],
    ['language', 1, 1],
    ['schema', 1, 1],
    ['core', 2 / 3, 3],
  ]);
});

it('leaves out and counts what does not fit the window', async () => {
  const short = (request: LikelihoodRequest): Likelihood =>
    request.context === 'Rye is' ? { outcome: 'failed', reason: 'prompt-too-long' } : likelihood(request);
  const bound = await bindEvaluator(coreEvaluator, { data }, fakeHost({ likelihood: short }));
  const report = await evaluateSubject(bound, student, { abortSignal: AbortSignal.timeout(5_000) });
  expect(report.metrics[0]).toMatchObject({ name: 'choice', value: 1, n: 1 });
  expect(report.tables?.[0]?.rows).toEqual([
    ['choice', 1],
    ['language', 0],
    ['schema', 0],
  ]);
});
