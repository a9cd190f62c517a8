import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringifyJson } from '../contract/json-text.ts';
import { commitPart } from './commit-part.ts';
import { readPartLines } from './read-records.ts';
import type { PartEntry } from './rows.ts';
import { recycledContent, writtenEntry } from './test-entries.ts';
import { testRun } from './test-run.ts';

/** What `recycle` commits under `output: parquet`. */
function parquetContent(entries: readonly PartEntry[]) {
  const content = recycledContent('a', entries);
  return { ...content, outputs: content.outputs.map((output) => (output === 'records' ? 'record_rows' : output)) };
}

const path = 'recycle/part-00000.parquet';
const linesOf = (entries: readonly PartEntry[]) => entries.flatMap(({ records = [] }) => records);

it('gives back every line that was written, in its order, over many row groups', async () => {
  const run = await testRun();
  const record = fc.record({
    text: fc.string({ unit: 'binary' }),
    metadata: fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((found) => ({ ...found, big: 2n ** 70n, ['__proto__']: {} })),
    rephrasedShare: fc.double({ min: 0, max: 1, noNaN: true }),
    model: fc.option(fc.string(), { nil: undefined }),
    operation: fc.option(fc.string(), { nil: undefined }),
  });
  const samples = fc.sample(record, 60);
  const entries = samples.map(({ text, metadata, rephrasedShare, model, operation }, index): PartEntry => {
    const entry = writtenEntry('a', index + 1);
    const id = entry.document?.documentId ?? '';
    const more = index % 7 === 0 ? 'many words '.repeat(100_000) : '';
    const ids =
      index % 3 === 0
        ? [
            { id: `${id}#0.0`, documentId: id },
            { id: `${id}#0.1`, documentId: id },
          ]
        : [{ id }];
    const lines = ids.map(({ id, ...document }) =>
      stringifyJson({
        ...{ id, text: text + more, metadata, ...document, source: { shard: 'a', line: index + 1 } },
        ...{ rephrasedShare, method: 'test', ...(model !== undefined && { model }) },
        ...(operation !== undefined && { operation }),
      }),
    );
    return { ...entry, records: lines };
  });
  const commit = await commitPart(run, 'recycle', 0, parquetContent(entries));
  expect(commit.files[0]?.name).toContain('ledger');
  expect(commit.files.map(({ name }) => name)).toContain(path);
  expect(await Array.fromAsync(readPartLines(run, commit))).toEqual(linesOf(entries));
});

it('reads a part without records', async () => {
  const run = await testRun();
  const commit = await commitPart(run, 'recycle', 0, parquetContent([]));
  expect(await Array.fromAsync(readPartLines(run, commit))).toEqual([]);
});

it('says that a file is damaged where it can be seen, and never gives fewer records', async () => {
  const run = await testRun();
  const entries = [writtenEntry('a', 1), writtenEntry('a', 2)];
  const commit = await commitPart(run, 'recycle', 0, parquetContent(entries));
  const bytes = await readFile(join(run.folder, path));
  for (const at of [bytes.length - 6, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    await writeFile(join(run.folder, path), changed);
    await expect(Array.fromAsync(readPartLines(run, commit)), `byte ${at}`).rejects.toMatchObject({
      code: 'REPRO_DAMAGED_PART',
    });
  }
  await writeFile(join(run.folder, path), bytes);
  await truncate(join(run.folder, path), 20);
  await expect(Array.fromAsync(readPartLines(run, commit))).rejects.toMatchObject({ byte: 20 });
});
