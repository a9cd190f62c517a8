import type { LikelihoodRequest, ModelReference } from '@repro/sdk/contract';
import { bindReward, fakeHost, fakeModel, scoreSamples, testReward } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { dataInfluenceReward } from './data-influence.ts';

const config = { references: ['rye was ground', 'the mill ran'] };

/** A student that likes long contexts, the more the later its checkpoint. */
function likelihood({ context }: LikelihoodRequest, { revision }: ModelReference) {
  return Math.min(0, -10 + (Number(revision) * context.length) / 1000);
}

testReward(dataInfluenceReward, { config, likelihood });

const sample = { id: '1', original: 'short', rephrased: 'a good deal longer', metadata: {} };
const options = { abortSignal: AbortSignal.timeout(5_000) };

it('follows the student: the same pair scores differently at a later checkpoint', async () => {
  let step = 1;
  const models = () => ({ default: fakeModel('student', String(step)) });
  const bound = await bindReward(dataInfluenceReward, config, fakeHost({ likelihood, models }));
  const [early] = await scoreSamples(bound, [sample], options);
  step = 200;
  const [late] = await scoreSamples(bound, [sample], options);
  expect(early).toMatchObject({ outcome: 'scored', details: { student: '1' } });
  expect(late).toMatchObject({ outcome: 'scored', details: { student: '200' } });
  expect(late).not.toEqual({ ...early, details: { student: '200' } });
});

it('leaves only the sample unscored that does not fit the window', async () => {
  const tooLong = { outcome: 'failed', reason: 'prompt-too-long' } as const;
  const host = fakeHost({ likelihood: ({ context }) => (context.length > 100 ? tooLong : -1) });
  const bound = await bindReward(dataInfluenceReward, config, host);
  const scores = await scoreSamples(bound, [{ ...sample, original: 'x'.repeat(200) }, sample], options);
  expect(scores).toMatchObject([{ outcome: 'unscored' }, { outcome: 'scored', value: 0 }]);
});
