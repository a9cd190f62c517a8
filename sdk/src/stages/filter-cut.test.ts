import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { findShareCut, isKept } from './filter-cut.ts';

interface Scored {
  readonly id: string;
  readonly value: number;
}

async function* inOrder(records: readonly Scored[]): AsyncGenerator<Scored> {
  yield* records;
}

const bytewise = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

const pick = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)] as Item;

it('keeps what a plain sort puts first, in whatever order the records come', async () => {
  const folder = await writeFolder({});
  const database = join(folder, 'cut.duckdb');
  for (let round = 0; round < 12; round++) {
    // Few values make many ties, at the cut above all. Ids are ordered by their bytes, not by UTF-16 units.
    const records = Array.from({ length: Math.floor(Math.random() * 60) }, (_, number) => ({
      id: `${pick(['', 'z', 'Z', '10', 'ä', '\uFF5E', '\u{1F600}'])}${number}`,
      value: pick([-1, -0, 0, 0.1 + 0.2, 0.3, 1e300]),
    }));
    const most = Math.floor(Math.random() * (records.length + 5));
    const best = records.toSorted((one, other) => other.value - one.value || bytewise(one.id, other.id)).slice(0, most);
    const shuffled = records.toSorted(() => Math.random() - 0.5);
    const cut = await findShareCut(inOrder(shuffled), most, database);
    const kept = records.filter(({ id, value }) => isKept(cut, value, id));
    expect(kept.toSorted(byId), JSON.stringify({ records, most })).toEqual(best.toSorted(byId));
    await rm(database, { force: true });
  }
});

it('keeps everything from a value on, and nothing without a cut', () => {
  expect(isKept({ value: 0.5 }, 0.5, 'z')).toBe(true);
  expect(isKept({ value: 0.5 }, 0.49, 'a')).toBe(false);
  expect(isKept(undefined, 1, 'a')).toBe(false);
});

function byId(one: Scored, other: Scored): number {
  return bytewise(one.id, other.id);
}
