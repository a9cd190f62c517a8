import { defineReward } from '@repro/sdk/contract';
import {
  bindRephraser,
  bindReward,
  fakeHost,
  fakeRephraserHost,
  rephraseDocument,
  routeDocument,
  testRephraser,
} from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { nemotronCcRephraser } from './nemotron-cc.ts';

const high = { tasks: ['questions', 'distill', 'extract', 'list'], minTokens: 2 };

/** Does what it is asked, except that it never gets a list right. */
function generate(prompt: string): string {
  const opener = /Begin with "(.*?)"/.exec(prompt)?.[1];
  return opener === 'List:' ? 'Sure, a list!' : `${opener} rye was ground here`;
}

testRephraser(nemotronCcRephraser, { config: high, complete: generate });

/** Stands for the classifier that sorts pages into buckets of quality. */
const wordsReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'words',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'text',
  doScore: async (samples) =>
    samples.map(({ rephrased }) => ({ outcome: 'scored', value: Math.min(1, rephrased.split(' ').length / 10) })),
});

const options = { abortSignal: AbortSignal.timeout(5_000) };

async function recycle(text: string) {
  const host = fakeRephraserHost({ generate });
  const low = { tasks: ['wikipedia'], minTokens: 2 };
  const route = {
    by: await bindReward(wordsReward, {}, fakeHost()),
    cases: [
      { below: 0.2, to: 'drop' as const },
      { below: 0.5, to: await bindRephraser(nemotronCcRephraser, low, host, { as: 'low' }) },
      { to: await bindRephraser(nemotronCcRephraser, high, host, { as: 'high' }) },
    ],
  };
  const document = { id: 'page', text, metadata: {} };
  const target = await routeDocument(route, document, options);
  // biome-ignore lint/suspicious/noThenProperty: the recipe's own word
  const policy = { retry: 0, then: 'drop' } as const;
  return 'plugin' in target ? rephraseDocument(target, document, { policy, ...options }) : target;
}

it('asks all tasks about a good page, each giving a record of its own, and counts what was unusable', async () => {
  const { method, texts, passages } = await recycle('ten words and more of them make a good page here');
  expect(method).toBe('high');
  expect(texts).toMatchObject(
    ['questions', 'distill', 'extract'].map((operation, number) => ({
      id: `page#0.${number}`,
      text: 'rye was ground here',
      operation,
    })),
  );
  expect(passages).toMatchObject([{ outcome: 'expanded', reason: 'no-opener', attempts: 4 }]);
});

it('asks one task about a poor page, and nothing about a worthless one', async () => {
  expect(await recycle('three poor words')).toMatchObject({ method: 'low', texts: [{ operation: 'wikipedia' }] });
  expect(await recycle('junk')).toMatchObject({ outcome: 'dropped', texts: [], passages: [] });
});
