import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConservationError } from '../errors/conservation.ts';
import { commitPart } from './commit-part.ts';
import { openPartLog } from './part-log.ts';
import { readCommit } from './read-commit.ts';
import type { PartEntry } from './rows.ts';
import { openRunFolder } from './run-folder.ts';
import {
  filteredContent,
  filteredEntry,
  quarantinedEntry,
  recycledContent,
  scoredContent,
  scoredEntry,
  writtenEntry,
} from './test-entries.ts';
import { testRun, unfinishedFiles } from './test-run.ts';

const dropped: PartEntry = {
  document: {
    documentId: 'a:3',
    shard: 'a',
    line: 3,
    outcome: 'dropped',
    reason: 'boilerplate',
    passages: 0,
    charactersBefore: 10,
    charactersAfter: 0,
    rephrasedShare: 0,
  },
};

describe('commitPart', () => {
  it('counts what it was given and writes every file of a recycled part', async () => {
    const run = await testRun();
    const entries = [writtenEntry('a', 1), quarantinedEntry('a', 2), dropped, writtenEntry('a', 7)];
    const commit = await commitPart(run, 'recycle', 12, recycledContent('a', entries));
    expect(commit.counts).toEqual({
      documents: { in: 4, written: 2, dropped: 1, failed: 0, quarantined: 1 },
      passages: { in: 4, rephrased: 2, expanded: 0, kept: 0, fellBack: 2, dropped: 0, failed: 0 },
      records: 2,
      reasons: { 'fell-back/no-opener': 2 },
      quarantine: { 'bad-json': 1 },
      attempts: 6,
      promptTokens: 80,
      completionTokens: 36,
      charactersBefore: 70,
      charactersAfter: 40,
      scores: {},
      filter: { in: 0, kept: 0, below: 0, unscored: 0 },
    });
    expect(await run.store.list('recycle')).toEqual([
      'part-00012.documents.parquet',
      'part-00012.jsonl.zst',
      'part-00012.ledger.parquet',
      'part-00012.ok.json',
    ]);
    expect(await run.store.list('quarantine')).toEqual(['recycle-part-00012.jsonl']);
    expect(await unfinishedFiles(run)).toEqual([]);
    expect(await readCommit(run, 'recycle', 12, { stageKey: 'key-1' })).toEqual({ state: 'committed', commit });
    expect(commit.host).toBe(run.owner);
  });

  it('commits a part of nothing', async () => {
    const run = await testRun();
    const commit = await commitPart(run, 'recycle', 0, recycledContent('a', []));
    expect(commit.frames).toMatchObject([{ offset: 0, lines: 0 }]);
    expect(await run.store.list('quarantine')).toEqual([]);
  });

  it('sums the scores of each reward apart from what is unscored', async () => {
    const run = await testRun();
    const commit = await commitPart(run, 'score', 0, scoredContent('a', [scoredEntry('a', 1), scoredEntry('a', 2)]));
    expect(commit.counts.scores).toEqual({
      length: { scored: 2, unscored: 0, sum: expect.closeTo(0.3) },
      tone: { scored: 0, unscored: 2, sum: 0 },
    });
    expect(commit.files.map(({ name }) => name)).toEqual(['score/part-00000.scores.parquet']);
  });

  it('removes the logs of the part, those of other keys too, once it is committed', async () => {
    const run = await testRun();
    for (const stageKey of ['key-1', 'older']) {
      await using log = await openPartLog(run, 'recycle', 0, { stageKey, input: 'x' });
      await log.append(1, 'work');
    }
    await commitPart(run, 'recycle', 0, recycledContent('a', [writtenEntry('a', 1)]));
    expect((await run.store.list('recycle')).filter((name) => name.endsWith('.log'))).toEqual([]);
  });

  it('leaves no quarantine of an earlier commit behind', async () => {
    const run = await testRun();
    await commitPart(run, 'recycle', 0, recycledContent('a', [quarantinedEntry('a', 1)]));
    const replaces = run.journal.state.standing.get('recycle/part-00000');
    await commitPart(run, 'recycle', 0, { ...recycledContent('a', [writtenEntry('a', 1)]), replaces });
    expect(await run.store.list('quarantine')).toEqual([]);
  });

  const one = writtenEntry('a', 1);
  it.each<{ fault: string; entries: PartEntry[]; recordsIn?: number; says: RegExp }>([
    { fault: 'a lost record', entries: [one], recordsIn: 2, says: /2 records went in and 1 are accounted for/ },
    { fault: 'an entry that says nothing', entries: [{}], says: /entry 1 holds 0 documents and 0 quarantined/ },
    { fault: 'records out of order', entries: [writtenEntry('a', 2), one], says: /line 1 comes after line 2/ },
    { fault: 'a lost passage', entries: [{ ...one, ledger: one.ledger?.slice(1) }], says: /2 passages and 1 rows/ },
    {
      fault: 'a passage of another document',
      entries: [{ ...one, ledger: writtenEntry('b', 1).ledger }],
      says: /another doc/,
    },
    {
      fault: 'a written document without record',
      entries: [{ ...one, records: [] }],
      says: /is written and has 0 output/,
    },
    {
      fault: 'a dropped document with a record',
      entries: [{ ...dropped, records: one.records }],
      says: /dropped and has 1/,
    },
    {
      fault: 'scores in recycle',
      entries: [{ ...one, scores: scoredEntry('a', 1).scores }],
      says: /scores, which this stage/,
    },
    {
      fault: 'an id that occurs twice',
      entries: [one, { ...dropped, document: { ...(dropped.document as object), documentId: 'a:1' } } as PartEntry],
      says: /documents: document_id a:1 occurs twice/,
    },
  ])('commits nothing over $fault', async ({ entries, recordsIn = entries.length, says }) => {
    const run = await testRun();
    const error = await commitPart(run, 'recycle', 0, { ...recycledContent('a', entries), recordsIn }).catch((e) => e);
    expect(error).toBeInstanceOf(ConservationError);
    expect(error.message).toMatch(says);
    expect(await run.store.list('recycle')).toEqual([]);
    expect(await unfinishedFiles(run)).toEqual([]);
  });

  const kept = filteredEntry('a', 1, 'kept');
  it.each<{ fault: string; entries: PartEntry[]; recordsIn?: number; says: RegExp }>([
    { fault: 'a record without a decision', entries: [{}], says: /entry 1 is undecided and has 0 records/ },
    { fault: 'a kept record without its line', entries: [{ filter: kept.filter }], says: /is kept and has 0 records/ },
    {
      fault: 'a line of a record that is left out',
      entries: [{ ...filteredEntry('a', 1, 'below'), records: kept.records }],
      says: /is below and has 1 records/,
    },
    {
      fault: 'a lost record',
      entries: [kept],
      recordsIn: 2,
      says: /filter: 2 in, but 1 kept \+ 0 below \+ 0 unscored/,
    },
    { fault: 'a record decided twice', entries: [kept, kept], says: /filter: record_id a:1 occurs twice/ },
  ])('filters nothing over $fault', async ({ entries, recordsIn = entries.length, says }) => {
    const run = await testRun();
    const commit = commitPart(run, 'filter', 0, { ...filteredContent('a', entries), recordsIn });
    await expect(commit).rejects.toMatchObject({ code: 'REPRO_CONSERVATION', message: expect.stringMatching(says) });
    expect(await run.store.list('filter')).toEqual([]);
  });

  it('commits no score that is no number', async () => {
    const run = await testRun();
    const [row] = scoredEntry('a', 1).scores ?? [];
    const entry = { scores: [{ ...row, value: Number.NaN }] } as PartEntry;
    await expect(commitPart(run, 'score', 0, scoredContent('a', [entry]))).rejects.toThrow(/no finite number/);
  });

  it('does not commit for a host that the others have given up', async () => {
    const run = await testRun();
    await using other = await openRunFolder({ runs: dirname(run.folder), name: 'demo', recipe: '' });
    await other.journal.decide(() => ({ type: 'gone', host: run.host, by: other.host }));
    const committing = commitPart(run, 'recycle', 0, recycledContent('a', [one]));
    await expect(committing).rejects.toMatchObject({ code: 'REPRO_LEASE_LOST' });
    expect(await run.store.list('recycle')).toEqual([]);
  });

  it('lets the first of two hosts with the same part stand', async () => {
    const run = await testRun();
    await using other = await openRunFolder({ runs: dirname(run.folder), name: 'demo', recipe: '' });
    const [mine, theirs] = await Promise.all([
      commitPart(run, 'recycle', 0, recycledContent('a', [one])),
      commitPart(other, 'recycle', 0, recycledContent('a', [one])),
    ]);
    expect(mine).toEqual(theirs);
    expect(await readCommit(run, 'recycle', 0)).toEqual({ state: 'committed', commit: mine });
    expect(run.journal.state.decisions.length + other.journal.state.decisions.length).toBeLessThanOrEqual(2);
    expect([...(await unfinishedFiles(run)), ...(await unfinishedFiles(other))]).toEqual([]);
  });

  it('writes the entries anew when what others decided has changed them', async () => {
    const run = await testRun();
    let changes = 0;
    const commit = await commitPart(run, 'recycle', 0, {
      ...recycledContent('a', []),
      recordsIn: 1,
      entries: () => [changes === 0 ? one : quarantinedEntry('a', 1)],
      entriesHaveChanged: async () => {
        changes += 1;
        return changes === 1;
      },
    });
    expect(commit.counts.documents).toMatchObject({ in: 1, written: 0, quarantined: 1 });
    expect(await unfinishedFiles(run)).toEqual([]);
  });

  it('passes on what goes wrong in the entries and leaves nothing behind', async () => {
    const run = await testRun();
    async function* failing(): AsyncGenerator<PartEntry> {
      yield one;
      throw new Error('source broke');
    }
    const content = { ...recycledContent('a', []), entries: failing };
    await expect(commitPart(run, 'recycle', 0, content)).rejects.toThrow('source broke');
    expect(await unfinishedFiles(run)).toEqual([]);
  });
});

describe('readCommit', () => {
  it('tells absent, other key, other input and damaged apart', async () => {
    const run = await testRun();
    expect(await readCommit(run, 'recycle', 0)).toEqual({ state: 'absent' });
    const commit = await commitPart(run, 'recycle', 0, recycledContent('a', [writtenEntry('a', 1)]));
    expect(await readCommit(run, 'recycle', 0, { stageKey: 'key-2' })).toEqual({ state: 'other-key', commit });
    const changed = { stageKey: 'key-1', inputSha256: 'b' };
    expect(await readCommit(run, 'recycle', 0, changed)).toEqual({ state: 'other-input', commit });

    const ok = await readFile(join(run.folder, 'recycle/part-00000.ok.json'), 'utf8');
    await run.store.write('recycle/part-00000.ok.json', ok.slice(0, 40));
    expect(await readCommit(run, 'recycle', 0)).toMatchObject({ state: 'damaged', file: 'recycle/part-00000.ok.json' });
    await run.store.write('recycle/part-00000.ok.json', ok.replace('"records": 1', '"records": 2'));
    expect(await readCommit(run, 'recycle', 0)).toMatchObject({
      state: 'damaged',
      problem: 'is not what was committed',
    });

    // Of another version of repro, before a count was added and after one was.
    const { filter: _, ...counts } = commit.counts;
    const other = { ...commit, counts: { ...counts, invented: 3 } };
    await run.store.write('recycle/part-00000.ok.json', JSON.stringify(other));
    expect(await readCommit(run, 'recycle', 0)).toEqual({ state: 'committed', commit });

    await run.store.write('recycle/part-00000.ok.json', ok);
    await run.store.write('recycle/part-00000.jsonl.zst', 'x');
    const problem = expect.stringMatching(/has 1 bytes, \d+ were committed/);
    expect(await readCommit(run, 'recycle', 0)).toEqual({
      state: 'damaged',
      file: 'recycle/part-00000.jsonl.zst',
      problem,
    });
    await run.store.remove('recycle/part-00000.jsonl.zst');
    expect(await readCommit(run, 'recycle', 0)).toMatchObject({ state: 'damaged', problem: 'is missing' });
  });
});
