import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyRun } from '../run/verify-run.ts';
import type { Session } from '../session/open-session.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { readRecords } from './read-recycled.ts';
import { recycle } from './recycle.ts';
import { openTestSession, rephraserOf, runFolderOf, samplePages } from './test-pages.ts';

const textsOf = async (session: Session) =>
  (await Array.fromAsync(readRecords(session, 'recycle'))).map(({ id, text }) => [id, text]);

it('writes every page of every shard, in source order, and the run verifies', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(5, 'a'), 'pages/b.jsonl': samplePages(3, 'b') });
  await using session = await openTestSession(folder);
  const summary = await recycle(session);
  expect(summary).toMatchObject({
    parts: 2,
    records: 8,
    documents: { in: 8, written: 8, dropped: 0, failed: 0, quarantined: 0 },
    passages: { in: 16, rephrased: 16 },
  });
  const expected = [...samplePages(5, 'a'), ...samplePages(3, 'b')];
  expect(await textsOf(session)).toEqual(expected.map(({ id, text }) => [id, text.toUpperCase()]));
  expect(await verifyRun(runFolderOf(folder))).toMatchObject({ parts: 2, documents: 8, inProgress: [] });
});

it('tells its progress, with the total once everything has been read', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(4) });
  const seen: unknown[] = [];
  await using session = await openTestSession(folder, {}, { onEvent: (event) => seen.push(event) });
  await recycle(session);
  expect(seen).toContainEqual({ type: 'stage', stage: 'recycle', state: 'started' });
  expect(seen).toContainEqual(expect.objectContaining({ type: 'progress', done: 4 }));
  expect(seen.at(-1)).toEqual({ type: 'stage', stage: 'recycle', state: 'finished' });
});

it('says how many records had no id of their own', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': [{ id: 'one', text: 'First.' }, { text: 'Second.' }] });
  const warnings: string[] = [];
  const onEvent = (event: SessionEvent) => event.type === 'warning' && warnings.push(event.message);
  await using session = await openTestSession(folder, {}, { onEvent });
  await recycle(session);
  expect(warnings).toEqual(['1 of 2 records of a.jsonl have no id; theirs are a.jsonl:LINE']);
});

it('ends with the failure of a page, also when only unusable records follow it', async () => {
  const page = JSON.stringify({ id: 'one', text: 'First.' });
  const folder = await writeFolder({ 'pages/a.jsonl': `${[page, ...new Array(9).fill('no JSON')].join('\n')}\n` });
  const use = rephraserOf(() => {
    throw new TypeError('cannot read this');
  });
  await using session = await openTestSession(folder, { rephraser: { use } });
  await expect(recycle(session)).rejects.toThrow('cannot read this');
});

it('goes on after an abort where it stopped, and ends with the same records', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(40, 'a'), 'pages/b.jsonl': samplePages(40, 'b') });
  const abort = new AbortController();
  let done = 0;
  {
    await using session = await openTestSession(
      folder,
      {},
      {
        abortSignal: abort.signal,
        onEvent: (event) => {
          done = event.type === 'progress' ? event.done : done;
          if (done === 50) {
            abort.abort(new Error('Ctrl-C'));
          }
        },
      },
    );
    await expect(recycle(session)).rejects.toThrow('Ctrl-C');
  }
  const resumed: unknown[] = [];
  await using session = await openTestSession(folder, {}, { onEvent: (event) => resumed.push(event) });
  await recycle(session);
  const before = resumed.flatMap((event) =>
    (event as { type: string }).type === 'part' ? [(event as { documentsBefore?: number }).documentsBefore ?? 40] : [],
  );
  expect(Math.max(...before)).toBeGreaterThan(0);
  expect((await textsOf(session)).map(([id]) => id)).toEqual(
    [...samplePages(40, 'a'), ...samplePages(40, 'b')].map(({ id }) => id),
  );
  await verifyRun(runFolderOf(folder));
});

it('does nothing again when everything is committed', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
  const asked: string[] = [];
  const use = rephraserOf(({ text, documentId }) => {
    asked.push(documentId);
    return { outcome: 'rephrased', text };
  });
  for (const _ of [1, 2]) {
    await using session = await openTestSession(folder, { rephraser: { use } });
    expect(await recycle(session)).toMatchObject({ documents: { in: 3, written: 3 } });
  }
  expect(asked).toHaveLength(6);
});

it('gives a shard that is added later a part of its own', async () => {
  const folder = await writeFolder({ 'pages/m.jsonl': samplePages(3, 'm') });
  {
    await using session = await openTestSession(folder);
    await recycle(session);
  }
  const committed = await readFile(join(runFolderOf(folder), 'recycle/part-00000.ok.json'), 'utf8');
  await writePages(join(folder, 'pages/a.jsonl'), [...samplePages(2, 'a'), ...samplePages(1, 'm')]);
  await using session = await openTestSession(folder);
  const summary = await recycle(session);
  expect(summary).toMatchObject({ parts: 2, quarantine: { 'duplicate-id': 1 } });
  expect(await readFile(join(runFolderOf(folder), 'recycle/part-00000.ok.json'), 'utf8')).toBe(committed);
  expect((await textsOf(session)).map(([id]) => id)).toEqual(['m0', 'm1', 'm2', 'a0', 'a1']);
  await verifyRun(runFolderOf(folder));
});

it('lets a shard that was begun keep its ids when one that holds the same is added before it', async () => {
  const folder = await writeFolder({ 'pages/m.jsonl': samplePages(20, 'm') });
  const abort = new AbortController();
  {
    const onEvent = ({ type }: { type: string }) => type === 'progress' && abort.abort(new Error('stop'));
    await using session = await openTestSession(folder, {}, { abortSignal: abort.signal, onEvent });
    await expect(recycle(session)).rejects.toThrow('stop');
  }
  await writePages(join(folder, 'pages/a.jsonl'), samplePages(20, 'm'));
  await using session = await openTestSession(folder, { recycle: { maxQuarantinedShare: 1 } });
  expect(await recycle(session)).toMatchObject({ documents: { in: 40, written: 20, quarantined: 20 } });
  await verifyRun(runFolderOf(folder));
});

it('takes only so many records as the limit says, across shards', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': samplePages(3, 'a'),
    'pages/b.jsonl': samplePages(3, 'b'),
    'pages/c.jsonl': samplePages(3, 'c'),
  });
  await using session = await openTestSession(folder, {}, { limit: 5 });
  for (const _ of [1, 2]) {
    expect(await recycle(session, { limit: 5 })).toMatchObject({ parts: 2, documents: { in: 5, written: 5 } });
  }
  await verifyRun(`${runFolderOf(folder)}.limit-5`);
});

it('quarantines a second record with an id, in whatever shard it stands', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': samplePages(20, 'x'),
    'pages/b.jsonl': [...samplePages(21, 'y'), { id: 'x7', text: 'Another text.' }],
  });
  await using session = await openTestSession(folder);
  expect(await recycle(session)).toMatchObject({
    documents: { in: 42, written: 41, quarantined: 1 },
    quarantine: { 'duplicate-id': 1 },
  });
  expect((await textsOf(session)).filter(([id]) => id === 'x7')).toEqual([
    ['x7', samplePages(8, 'x')[7]?.text.toUpperCase()],
  ]);
});

it('commits nothing of a shard with too many bad records, and everything of its neighbours', async () => {
  const bad = Array.from({ length: 11 }, () => '{"no": "text"}\n').join('');
  const folder = await writeFolder({
    'pages/a.jsonl': `${bad}${JSON.stringify({ id: 'good', text: 'A good page.' })}\n`,
    'pages/b.jsonl': samplePages(3, 'b'),
    'pages/c.jsonl': '{"no": "text"}\n',
  });
  {
    await using session = await openTestSession(folder);
    await expect(recycle(session)).rejects.toMatchObject({
      code: 'REPRO_UNUSABLE_SHARDS',
      shards: [
        { shard: 'a.jsonl', error: { code: 'REPRO_TOO_MANY_BAD_RECORDS', message: /11 of 12 .* line 1: / } },
        { shard: 'c.jsonl', error: { code: 'REPRO_TOO_MANY_BAD_RECORDS' } },
      ],
    });
    expect((await textsOf(session)).map(([id]) => id)).toEqual(['b0', 'b1', 'b2']);
  }
  await using session = await openTestSession(folder, { recycle: { maxQuarantinedShare: 1 } });
  expect(await recycle(session)).toMatchObject({ documents: { in: 16, written: 4, quarantined: 12 } });
  await verifyRun(runFolderOf(folder));
});

it('takes a few bad records beside good ones, however short the shard', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': '{"id":"a","text":"A."}\n{broken\n{"id":"b"}\n' });
  await using session = await openTestSession(folder);
  expect(await recycle(session)).toMatchObject({
    documents: { in: 3, written: 1, quarantined: 2 },
    quarantine: { 'bad-json': 1, 'missing-text': 1 },
  });
});

it('refuses to mix with output of another recipe unless it is told to keep or to redo it', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  {
    await using session = await openTestSession(folder);
    await recycle(session);
  }
  const other = { rephraser: { use: rephraserOf(() => ({ outcome: 'kept' })), note: 'another' } };
  await using session = await openTestSession(folder, other);
  await expect(recycle(session)).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    parts: [{ part: 'recycle/part-00000', shard: 'a.jsonl', why: expect.stringContaining('another recipe') }],
  });
  expect(await recycle(session, { existing: 'keep' })).toMatchObject({ passages: { rephrased: 4, kept: 0 } });
  expect(await recycle(session, { existing: 'redo' })).toMatchObject({ passages: { rephrased: 0, kept: 4 } });
  expect(await recycle(session)).toMatchObject({ passages: { kept: 4 } });
  await verifyRun(runFolderOf(folder));
});

it('notices that a source has changed, and not that it was only touched', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  {
    await using session = await openTestSession(folder);
    await recycle(session);
  }
  await writePages(join(folder, 'pages/a.jsonl'), samplePages(2));
  await using session = await openTestSession(folder);
  await recycle(session);
  await writePages(join(folder, 'pages/a.jsonl'), samplePages(3));
  await expect(recycle(session)).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    parts: [{ why: 'its source has changed' }],
  });
  expect(await recycle(session, { existing: 'redo' })).toMatchObject({ documents: { written: 3 } });
  await rm(join(folder, 'pages/a.jsonl'));
  await writePages(join(folder, 'pages/b.jsonl'), samplePages(1, 'b'));
  await expect(recycle(session)).rejects.toMatchObject({
    parts: [{ why: expect.stringContaining('not in the dataset') }],
  });
});

it('makes a damaged part again, and only when it is told so', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  await using session = await openTestSession(folder);
  await recycle(session);
  await rm(join(runFolderOf(folder), 'recycle/part-00000.ledger.parquet'));
  await expect(Array.fromAsync(readRecords(session, 'recycle'))).rejects.toMatchObject({ code: 'REPRO_DAMAGED_PART' });
  await expect(recycle(session)).rejects.toMatchObject({ code: 'REPRO_EXISTING_OUTPUT' });
  await recycle(session, { existing: 'redo' });
  await verifyRun(runFolderOf(folder));
});

it('writes the records of an expanded page beside the page, and drops a page of which nothing is left', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': [
      {
        id: 'both',
        text: 'Expand this paragraph, it is worth two questions or more.\n\nKeep this one, it is fine as it is now.',
        n: 1,
      },
      { id: 'gone', text: 'Drop all of it.' },
      { id: 'empty', text: ' \n' },
    ],
  });
  const use = rephraserOf(({ text }) =>
    text.startsWith('Expand')
      ? { outcome: 'expanded', texts: [{ text: 'Why?', operation: 'ask' }, { text: 'How?' }] }
      : text.startsWith('Drop')
        ? { outcome: 'dropped', reason: 'worthless' }
        : { outcome: 'kept' },
  );
  await using session = await openTestSession(folder, { rephraser: { use, as: 'mine' } });
  expect(await recycle(session)).toMatchObject({
    documents: { in: 3, written: 2, dropped: 1 },
    passages: { in: 3, expanded: 1, kept: 1, dropped: 1 },
    reasons: { 'dropped/worthless': 1 },
    records: 4,
  });
  const records = await Array.fromAsync(readRecords(session, 'recycle'));
  expect(records).toMatchObject([
    { id: 'both', text: 'Keep this one, it is fine as it is now.', rephrasedShare: 0, method: 'mine' },
    {
      id: 'both#0.0',
      text: 'Why?',
      documentId: 'both',
      operation: 'ask',
      rephrasedShare: 1,
      metadata: { id: 'both', n: 1 },
    },
    { id: 'both#0.1', text: 'How?', documentId: 'both', source: { shard: 'a.jsonl', line: 1 } },
    { id: 'empty', text: ' \n', rephrasedShare: 0 },
  ]);
  await verifyRun(runFolderOf(folder));
});

it('ends with the fault of a rephraser that breaks its contract and commits nothing', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  const use = rephraserOf(() => ({ outcome: 'expanded', texts: [] }));
  await using session = await openTestSession(folder, { rephraser: { use } });
  await expect(recycle(session)).rejects.toMatchObject({ code: 'REPRO_PLUGIN_CONTRACT' });
  expect(await textsOf(session)).toEqual([]);
});

it('says what is missing in a recipe without dataset or rephraser', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1) });
  await using noDataset = await openTestSession(folder, { dataset: undefined });
  await expect(recycle(noDataset)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', missing: 'a dataset' });
  await using noRephraser = await openTestSession(folder, { rephraser: undefined });
  await expect(recycle(noRephraser)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', missing: 'a rephraser' });
});

it('keeps a session with another recipe out of a run that is being worked on', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1) });
  const lease = { renewMilliseconds: 50 };
  await using first = await openTestSession(folder, {}, { lease });
  await recycle(first);
  await using second = await openTestSession(folder, { seed: 9 }, { lease });
  await expect(recycle(second)).rejects.toMatchObject({ code: 'REPRO_LEASED_ELSEWHERE', stage: 'recycle' });
});

it('shares a run with another session: each shard is done once, and a second record of an id is found across them', async () => {
  const twice = { id: 'b0', text: 'The same id as the first page of another shard.' };
  const shards = ['a', 'b', 'c', 'd'].map((name) => [`pages/${name}.jsonl`, samplePages(3, name)] as const);
  const folder = await writeFolder({ ...Object.fromEntries(shards), 'pages/e.jsonl': [twice, ...samplePages(2, 'e')] });
  const parts: string[] = [];
  const session = () =>
    openTestSession(
      folder,
      {},
      {
        onEvent: (event) => event.type === 'part' && event.state === 'committed' && parts.push(event.shard),
      },
    );
  await using first = await session();
  await using second = await session();
  const [one, other] = await Promise.all([recycle(first), recycle(second)]);
  expect(one).toEqual(other);
  expect(one).toMatchObject({ parts: 5, documents: { in: 15, written: 14, quarantined: 1 } });
  expect(parts.toSorted()).toEqual(['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl', 'e.jsonl']);
  expect(await verifyRun(runFolderOf(folder))).toMatchObject({ parts: 5, documents: 15, quarantined: 1 });
});
