import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VerifyFailedError } from '../errors/verify-failed.ts';
import { commitPart, type PartContent } from './commit-part.ts';
import { partKey } from './journal.ts';
import { openPartLog } from './part-log.ts';
import type { RunFolder } from './run-folder.ts';
import {
  filteredContent,
  filteredEntry,
  quarantinedEntry,
  recycledContent,
  scoredContent,
  scoredEntry,
  writtenEntry,
} from './test-entries.ts';
import { changeCommit, testRun } from './test-run.ts';
import { verifyRun } from './verify-run.ts';

async function verifiedRun(): Promise<RunFolder> {
  const run = await testRun();
  for (const shard of ['a', 'b']) {
    const part = await run.partNumber(shard);
    await commitPart(
      run,
      'recycle',
      part,
      recycledContent(shard, [writtenEntry(shard, 1), quarantinedEntry(shard, 2)]),
    );
    await commitPart(run, 'score', part, scoredContent(shard, [scoredEntry(shard, 1)]));
  }
  return run;
}

describe('verifyRun', () => {
  it('passes a whole run and says what it holds', async () => {
    const run = await verifiedRun();
    await using log = await openPartLog(run, 'recycle', 7, { stageKey: 'k', input: 'i' });
    await log.append(1, 'x');
    expect(await verifyRun(run.folder)).toEqual({
      run: run.folder,
      trainings: 0,
      parts: 4,
      files: 10,
      bytes: expect.any(Number),
      documents: 4,
      records: 2,
      kept: 0,
      passages: 4,
      scores: 4,
      quarantined: 2,
      inProgress: ['recycle/part-00007'],
    });
  });

  it('passes a run without any part', async () => {
    const run = await testRun();
    expect(await verifyRun(run.folder)).toMatchObject({ parts: 0, documents: 0, inProgress: [] });
  });

  it('reports every damaged file, not just the first', async () => {
    const run = await verifiedRun();
    const ledger = 'recycle/part-00000.ledger.parquet';
    const bytes = await readFile(join(run.folder, ledger));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(join(run.folder, ledger), bytes);
    await run.store.remove('score/part-00001.scores.parquet');
    await run.store.write('quarantine/recycle-part-00001.jsonl', '{}\n');
    const { problems } = await failureOf(run);
    expect(problems).toHaveLength(3);
    expect(problems).toEqual(
      expect.arrayContaining([
        { file: 'quarantine/recycle-part-00001.jsonl', problem: expect.stringMatching(/has 3 bytes, \d+ were/) },
        { file: ledger, problem: expect.stringMatching(/has changed/) },
        { file: 'score/part-00001.scores.parquet', problem: 'is missing' },
      ]),
    );
  });

  it('recounts: a commit whose counts were changed does not pass', async () => {
    const run = await verifiedRun();
    await changeCommit(run.folder, 'recycle', 0, (commit) => {
      const passages = { ...commit.counts.passages, rephrased: 2 };
      return { ...commit, counts: { ...commit.counts, passages, records: 5 } };
    });
    const { problems } = await failureOf(run);
    expect(problems.map(({ problem }) => problem)).toEqual(
      expect.arrayContaining([
        'counts 2 passages.rephrased, its files hold 1',
        'counts 5 records, its files hold 1',
        expect.stringMatching(/passages: 2 in, but 2 rephrased .* = 3/),
      ]),
    );
  });

  it('finds an id that two shards gave', async () => {
    const run = await verifiedRun();
    await commitPart(run, 'recycle', await run.partNumber('c'), recycledContent('c', [renamed('c', 'a:1')]));
    const { problems } = await failureOf(run);
    expect(problems.map(({ problem }) => problem)).toEqual(
      expect.arrayContaining(['1 documents share an id: "a:1"', '1 records share an id: "a:1"']),
    );
  });

  it('finds scores of records that are not there', async () => {
    const run = await verifiedRun();
    await commitAgain(run, 'score', 1, scoredContent('b', [scoredEntry('b', 9)]));
    expect((await failureOf(run)).problems).toEqual([{ file: '.', problem: '1 scores belong to no record: "b:9"' }]);
  });

  it('finds kept records that recycle has not made, or made otherwise', async () => {
    const run = await verifiedRun();
    const changed = writtenEntry('b', 1).records?.map((line) => line.replace('text of', 'another text of'));
    await commitPart(run, 'filter', 0, filteredContent('a', [filteredEntry('a', 1, 'kept')]));
    await commitPart(run, 'filter', 1, filteredContent('b', [{ ...filteredEntry('b', 1, 'kept'), records: changed }]));
    expect((await failureOf(run)).problems).toEqual([
      { file: '.', problem: '1 kept records are not as recycle made them: "b:1"' },
    ]);
    await commitAgain(run, 'filter', 1, filteredContent('b', [filteredEntry('b', 9, 'below')]));
    expect((await failureOf(run)).problems).toEqual([
      { file: '.', problem: '1 decisions of filter belong to no record: "b:9"' },
    ]);
    const swapped = { ...filteredEntry('b', 1, 'kept'), records: writtenEntry('b', 2).records };
    await commitAgain(run, 'filter', 1, filteredContent('b', [swapped]));
    expect((await failureOf(run)).problems.map(({ problem }) => problem)).toContain(
      '2 records are decided to be kept, or are kept, but not both: "b:1", "b:2"',
    );
  });

  it('finds a record under another id than its document', async () => {
    const run = await testRun();
    const entry = { ...writtenEntry('a', 1), records: writtenEntry('z', 1).records };
    await commitPart(run, 'recycle', await run.partNumber('a'), recycledContent('a', [entry]));
    expect((await failureOf(run)).problems).toEqual([
      { file: '.', problem: '1 documents are written but have no record: "a:1"' },
      { file: '.', problem: '1 records belong to no written document: "z:1"' },
    ]);
  });

  it('finds a part under the number of another shard', async () => {
    const run = await testRun();
    await run.partNumber('a');
    await commitPart(run, 'recycle', 0, recycledContent('b', [writtenEntry('b', 1)]));
    expect((await failureOf(run)).problems).toMatchObject([
      { problem: /is of shard b, run.json gives the number to a/ },
    ]);
  });
});

async function failureOf(run: RunFolder): Promise<VerifyFailedError> {
  const error = await verifyRun(run.folder).catch((failure: unknown) => failure);
  if (!(error instanceof VerifyFailedError)) {
    throw new Error('the run passed', { cause: error });
  }
  return error;
}

/** A written page of `shard` whose id is that of another. */
function renamed(shard: string, documentId: string) {
  const entry = JSON.stringify(writtenEntry(shard, 1), (_key, value) => (value === `${shard}:1` ? documentId : value));
  const parsed = JSON.parse(entry);
  return {
    ...parsed,
    records: parsed.records.map((record: string) => record.replace(`"id":"${shard}:1"`, `"id":"${documentId}"`)),
  };
}

/** Commits over what is there. */
async function commitAgain(run: RunFolder, stage: string, part: number, content: PartContent): Promise<void> {
  await commitPart(run, stage, part, { ...content, replaces: run.journal.state.standing.get(partKey(stage, part)) });
}
