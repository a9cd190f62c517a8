import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdIndex } from './id-index.ts';

it('knows what a set knows', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 200 }), (ids) => {
      const [index, set] = [new IdIndex(), new Set<string>()];
      for (const id of ids) {
        expect(index.add(id)).toBe(!set.has(id));
        set.add(id);
      }
    }),
  );
});

it('keeps every id while it grows', () => {
  const index = new IdIndex();
  const ids = Array.from({ length: 10_000 }, (_, number) => `https://example.org/${number}`);
  expect(ids.filter((id) => !index.add(id))).toEqual([]);
  expect(ids.filter((id) => index.add(id))).toEqual([]);
});
