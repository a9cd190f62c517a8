import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineReward } from '../contract/reward.ts';
import { bindReward } from '../rewards/bind-reward.ts';
import { fakeHost } from '../testing/fake-host.ts';
import { type BoundRoute, routeDocument } from './route-document.ts';

const numberReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'number',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'text',
  doScore: async (samples) =>
    samples.map(({ rephrased }) => {
      if (rephrased === 'throw') {
        throw new Error('cannot read it');
      }
      return Number.isNaN(Number(rephrased))
        ? { outcome: 'unscored', reason: 'no number' }
        : { outcome: 'scored', value: Number(rephrased) };
    }),
});

const route = async (): Promise<BoundRoute> => ({
  by: await bindReward(numberReward, {}, fakeHost()),
  cases: [
    { below: 0.3, to: 'drop' },
    { below: 0.6, to: 'keep' },
  ],
});
const send = async (text: string, to: BoundRoute) =>
  routeDocument(to, { id: '1', text, metadata: {} }, { abortSignal: new AbortController().signal });

it('sends a page where the first bound above its score says', async () => {
  expect(await send('0.1', await route())).toMatchObject({
    outcome: 'dropped',
    reason: 'number 0.1',
    method: 'route/drop',
  });
  expect(await send('0.3', await route())).toMatchObject({
    outcome: 'written',
    method: 'route/keep',
    rephrasedShare: 0,
  });
});

it('keeps a page that fits no case or cannot be scored', async () => {
  const kept = { outcome: 'written', texts: [{ id: '1', rephrasedShare: 0 }] };
  expect(await send('0.9', await route())).toMatchObject(kept);
  expect(await send('words', await route())).toMatchObject(kept);
  expect(await send('throw', await route())).toMatchObject(kept);
});

it('gives up on a reward that fails on every page', async () => {
  const same = await route();
  const sending = async () => {
    for (let page = 0; page < 20; page++) {
      await send('throw', same);
    }
  };
  await expect(sending()).rejects.toThrow('cannot read it');
});
