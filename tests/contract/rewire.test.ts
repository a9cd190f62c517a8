import { fakeCompletion, testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { rephrase } from './rephrase.ts';
import { rewireRephraser } from './rewire.ts';

const better = 'A page that is longer than its source, and says more clearly what the source meant.';

testRephraser(rewireRephraser, { config: {}, complete: () => `It wants to teach.\n<page>\n${better}\n</page>` });

it('cuts the reasoning away', async () => {
  const generate = () => `A <page> needs a plan: 1. say it.\n<page>${better}</page> Done.`;
  const { texts } = await rephrase(rewireRephraser, 'Mill. Old. Rye.', { generate });
  expect(texts).toMatchObject([{ text: better, rephrasedShare: 1 }]);
});

it('keeps the source when the reasoning used up all tokens', async () => {
  const generate = () => fakeCompletion('Let me think about', { finishReason: 'length' });
  const { passages } = await rephrase(rewireRephraser, 'Mill.', { generate });
  expect(passages).toMatchObject([{ outcome: 'fell-back', reason: 'cut-off' }]);
});
