import { bindReward, fakeHost, fakeWorker, scoreSamples, testReward } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { fasttextReward } from './fasttext.ts';

const worker = fakeWorker({
  score: ({ texts }: { texts: string[] }) =>
    texts.map((text) => ({ outcome: 'scored', value: text.includes('rye') ? 0.9 : 0.1 })),
});
const config = { classifier: './quality.bin' };

testReward(fasttextReward, { config, worker }); // also that text handler and doScore agree

it('is a reward of one text', async () => {
  const bound = await bindReward(fasttextReward, config, fakeHost({ worker }));
  const samples = ['rye', 'menu'].map((rephrased) => ({ id: rephrased, original: 'rye', rephrased, metadata: {} }));
  expect(await scoreSamples(bound, samples, { abortSignal: AbortSignal.timeout(5_000) })).toMatchObject([
    { value: 0.9 },
    { value: 0.1 },
  ]);
});

it('filters a shard through its text handler, whose scores are those of the reward', async () => {
  const texts = ['rye bread', 'menu', 'of rye'];
  const input = { config: { ...config, unwanted: '__label__cc' }, texts };
  const output = z.array(z.object({ value: z.number() }));
  const scores = await worker.call(fasttextReward.textHandler ?? '', input, { output });
  expect(texts.filter((_text, index) => (scores[index]?.value ?? 0) >= 0.5)).toEqual(['rye bread', 'of rye']);
});
