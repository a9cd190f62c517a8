import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseHeldOut } from './choose-held-out.ts';

async function* given(texts: readonly string[]) {
  yield* texts;
}

it('takes so many texts, at most half, whatever their order and however often one comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { maxLength: 30 }), fc.nat({ max: 12 }), async (texts, most) => {
      const distinct = [...new Set(texts)];
      const chosen = await chooseHeldOut(given(texts), { most, seed: 3 });
      const held = distinct.filter((text) => chosen.has(text));
      expect(held).toHaveLength(Math.min(most, Math.floor(distinct.length / 2)));
      expect([...chosen.all].sort()).toEqual([...held].sort());
      const again = await chooseHeldOut(given([...texts, ...texts].reverse()), { most, seed: 3 });
      expect(distinct.filter((text) => again.has(text))).toEqual(held);
    }),
    { numRuns: 50 },
  );
});

it('takes others with another seed', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);
  const [one, other] = await Promise.all([1, 2].map((seed) => chooseHeldOut(given(texts), { most: 10, seed })));
  expect(texts.filter((text) => one?.has(text))).not.toEqual(texts.filter((text) => other?.has(text)));
});
