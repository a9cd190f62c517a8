import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringifyJson } from '../contract/json-text.ts';
import { commitPart } from './commit-part.ts';
import { readPartRecords, readRecords } from './read-records.ts';
import type { PartEntry } from './rows.ts';
import { recycledContent, writtenEntry } from './test-entries.ts';
import { testRun } from './test-run.ts';

describe('readRecords', () => {
  it('gives the records of all parts in part and source order, unchanged', async () => {
    const run = await testRun();
    await commitPart(run, 'recycle', 10, recycledContent('b', [writtenEntry('b', 1)]));
    await commitPart(run, 'recycle', 2, recycledContent('a', [writtenEntry('a', 4), writtenEntry('a', 5)]));
    await commitPart(run, 'recycle', 3, recycledContent('empty', []));
    const records = await Array.fromAsync(readRecords(run, 'recycle'));
    expect(records.map(({ id }) => id)).toEqual(['a:4', 'a:5', 'b:1']);
    expect(records[0]).toMatchObject({ metadata: { big: 12345678901234567890n }, source: { shard: 'a', line: 4 } });
  });

  it('writes frames that can be read alone, each of whole lines', async () => {
    const run = await testRun();
    const texts = Array.from({ length: 12 }, (_, index) => `${index} `.repeat(400_000));
    const entries = texts.map((text, index) => withText(writtenEntry('a', index + 1), text));
    const commit = await commitPart(run, 'recycle', 0, recycledContent('a', entries));
    expect(commit.frames.length).toBeGreaterThan(1);
    expect(commit.frames.reduce((sum, { lines }) => sum + lines, 0)).toBe(12);
    const records = await Array.fromAsync(readPartRecords(run, commit));
    expect(records.map(({ text }) => text)).toEqual(texts);
  });

  it('says at which byte a shortened file ends, before the first record', async () => {
    const run = await testRun();
    const commit = await commitPart(run, 'recycle', 0, recycledContent('a', [writtenEntry('a', 1)]));
    await truncate(join(run.folder, 'recycle/part-00000.jsonl.zst'), 20);
    const reading = readPartRecords(run, commit).next();
    await expect(reading).rejects.toMatchObject({ code: 'REPRO_DAMAGED_PART', byte: 20 });
    await expect(readRecords(run, 'recycle').next()).rejects.toMatchObject({ code: 'REPRO_DAMAGED_PART' });
  });

  it('never gives a record that was not written, whatever bytes are flipped', async () => {
    const run = await testRun();
    const entries = [writtenEntry('a', 1), writtenEntry('a', 2)];
    const commit = await commitPart(run, 'recycle', 0, recycledContent('a', entries));
    const path = join(run.folder, 'recycle/part-00000.jsonl.zst');
    const bytes = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        await writeFile(path, changed);
        const read = await Array.fromAsync(readPartRecords(run, commit)).catch((error: { code: string }) => error.code);
        expect([entries.flatMap(({ records }) => records), 'REPRO_DAMAGED_PART']).toContainEqual(
          typeof read === 'string' ? read : read.map((record) => stringifyJson(record)),
        );
      }),
      { numRuns: 50 },
    );
  });
});

function withText(entry: PartEntry, text: string): PartEntry {
  return { ...entry, records: entry.records?.map((record) => record.replace(/"text":"[^"]*"/, `"text":"${text}"`)) };
}
