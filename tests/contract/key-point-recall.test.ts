import { bindEvaluator, evaluateSubject, fakeCorpus, fakeHost, testEvaluator } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { keyPointRecallEvaluator } from './key-point-recall.ts';

const original = 'built in 1874\nground rye\nclosed in 1931';
const corpus = fakeCorpus([
  { id: 'faithful', original, rephrased: original, metadata: {} },
  { id: 'wrong', original, rephrased: 'built in 1874\nclosed in 1999', metadata: {} },
]);

/** Lists the lines of a text as its key points; a point with a year that the text lacks is contradicted. */
function generate(prompt: string): string {
  const [question = '', text = ''] = prompt.split('\n\nText:\n');
  if (question.startsWith('List')) {
    return text.replace(/^/gm, '- ');
  }
  const point = question.split('\n').at(-1) ?? '';
  return text.includes(point) ? 'Supported.' : /\d/.test(point) ? 'contradicted' : 'omitted';
}

testEvaluator(keyPointRecallEvaluator, { config: {}, subject: corpus, generate });

it('says what became of the key points, a page counting once', async () => {
  const bound = await bindEvaluator(keyPointRecallEvaluator, {}, fakeHost({ generate }));
  const { metrics } = await evaluateSubject(bound, corpus, { abortSignal: AbortSignal.timeout(5_000) });
  expect(metrics).toMatchObject([
    { name: 'supported', value: expect.closeTo(2 / 3), n: 2 },
    { name: 'omitted', value: expect.closeTo(1 / 6), n: 2 },
    { name: 'contradicted', value: expect.closeTo(1 / 6), n: 2 },
  ]);
});

it('counts a judge that gives no verdict instead of taking it for a loss', async () => {
  const unsure = (prompt: string) => (prompt.includes('ground rye\n\nText') ? 'Hm.' : generate(prompt));
  const bound = await bindEvaluator(keyPointRecallEvaluator, {}, fakeHost({ generate: unsure }));
  const report = await evaluateSubject(bound, corpus, { abortSignal: AbortSignal.timeout(5_000) });
  expect(report.metrics[0]).toMatchObject({ name: 'supported', value: expect.closeTo(3 / 4) });
  expect(report.tables?.[0]?.rows).toEqual([['points without a verdict', 2]]);
});
