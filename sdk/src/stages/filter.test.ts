import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { RewardScore } from '../contract/reward.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import { queryRun } from '../run/query-run.ts';
import { unfinishedFiles } from '../run/test-run.ts';
import { verifyRun } from '../run/verify-run.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { planRun } from './plan-run.ts';
import { readRecords } from './read-recycled.ts';
import { recycle } from './recycle.ts';
import { runRecipe } from './run-recipe.ts';
import { openTestSession, rephraserOf, rewardOf, runFolderOf, samplePages } from './test-pages.ts';

/** Pages whose text is the score that they get; one without a score is unscored. */
const pagesOf = (scores: readonly (readonly [id: string, value: number | undefined])[]) =>
  scores.map(([id, value]) => ({ id, text: value === undefined ? 'none' : String(value) }));

const readScore = (text: string): RewardScore =>
  text === 'none' ? { outcome: 'unscored', reason: 'no verdict' } : { outcome: 'scored', value: Number(text) };

const ranked = (keep: NonNullable<RecipeInput['filter']>['keep'], by = 'quality') => ({
  rephraser: { use: 'identity' },
  rewards: [{ use: rewardOf('quality', readScore).reward }],
  recycle: {},
  score: {},
  filter: { by, keep },
});

const linesOf = async (run: string, file: string) =>
  zstdDecompressSync(await readFile(join(run, file)))
    .toString()
    .split('\n')
    .filter((line) => line !== '');

it('keeps what reaches a value, line for line as it was recycled, and says why of every record', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': pagesOf([
      ['a', 0.4],
      ['b', 0.5],
      ['c', undefined],
    ]),
    'pages/b.jsonl': pagesOf([
      ['d', 0.9],
      ['e', 0],
    ]),
  });
  await using session = await openTestSession(folder, ranked({ atLeast: 0.5 }));
  const { stages } = await runRecipe(session);
  expect(stages.filter).toEqual({
    run: runFolderOf(folder),
    by: 'quality',
    keep: { atLeast: 0.5 },
    parts: 2,
    records: { in: 5, kept: 2, below: 2, unscored: 1 },
    reasons: { 'kept/nothing-rephrased': 2 },
    from: 0.5,
  });
  const run = runFolderOf(folder);
  for (const [part, index] of [
    ['part-00000', 1],
    ['part-00001', 0],
  ] as const) {
    const recycled = await linesOf(run, `recycle/${part}.jsonl.zst`);
    expect(await linesOf(run, `filter/${part}.jsonl.zst`)).toEqual([recycled[index]]);
  }
  expect((await Array.fromAsync(readRecords(session, 'filter'))).map(({ id, scores }) => [id, scores])).toEqual([
    ['b', { quality: { outcome: 'scored', value: 0.5 } }],
    ['d', { quality: { outcome: 'scored', value: 0.9 } }],
  ]);
  const { rows } = await queryRun(run, 'select record_id, document_id, outcome, value, reason from filter order by 1');
  expect(rows).toEqual([
    ['a', 'a', 'below', 0.4, null],
    ['b', 'b', 'kept', 0.5, 'nothing-rephrased'],
    ['c', 'c', 'unscored', null, 'no verdict'],
    ['d', 'd', 'kept', 0.9, 'nothing-rephrased'],
    ['e', 'e', 'below', 0, null],
  ]);
  expect((await queryRun(run, 'select count(*) from records')).rows).toEqual([[5]]);
  expect(await verifyRun(run)).toMatchObject({ parts: 6, records: 5, kept: 2 });
});

it('keeps the same best share of all records, ties by id, however the pages lie in shards', async () => {
  const values = [0.5, 1, undefined, 0.5, 0.5, 0.25, undefined, 0.5];
  const pages = pagesOf(values.map((value, index) => [`page ${values.length - index}`, value]));
  for (const shards of [1, 3]) {
    const names = Array.from({ length: shards }, (_, shard) => shard);
    const folder = await writeFolder(
      Object.fromEntries(names.map((at) => [`pages/${at}.jsonl`, pages.filter((_, index) => index % shards === at)])),
    );
    await using session = await openTestSession(folder, ranked({ share: 0.4 }));
    const { stages } = await runRecipe(session);
    const kept = (await Array.fromAsync(readRecords(session, 'filter'))).map(({ id }) => id);
    expect(kept.toSorted()).toEqual(['page 1', 'page 4', 'page 7']);
    expect(stages.filter).toMatchObject({ records: { in: 8, kept: 3, below: 3, unscored: 2 }, from: 0.5 });
    expect(await unfinishedFiles(await session.openRun())).toEqual([]);
  }
});

it('filters by the total as the recipe weighs it now, and each record of an expanded page by itself', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  const use = rephraserOf(({ index }) => ({ outcome: 'expanded', texts: [{ text: `${index / 2}` }, { text: '1' }] }));
  const good = rewardOf('good', (text) => (text === '1' ? 1 : 0));
  const small = rewardOf('small', (text) => (text === '0.5' ? 1 : 0));
  const recipe = (weight: number, threshold?: number) => ({
    rephraser: { use },
    rewards: [
      { use: good.reward, weight },
      { use: small.reward, ...(threshold !== undefined && { threshold }) },
    ],
    recycle: {},
    score: {},
    filter: { by: 'total', keep: { share: 0.5 } },
  });
  const keptBy = async (weight: number, threshold?: number) => {
    await using session = await openTestSession(folder, recipe(weight, threshold));
    await runRecipe(session);
    await verifyRun(runFolderOf(folder));
    return (await Array.fromAsync(readRecords(session, 'filter'))).map(({ id }) => id);
  };
  expect(await keptBy(2)).toEqual(['p0#0.1', 'p0#1.1', 'p1#0.1', 'p1#1.1']);
  expect(await keptBy(0.5)).toEqual(['p0#0.1', 'p0#1.0', 'p0#1.1', 'p1#1.0']);
  // Every text reaches a threshold of 0, so the other reward decides again.
  expect(await keptBy(0.5, 0)).toEqual(['p0#0.1', 'p0#1.1', 'p1#0.1', 'p1#1.1']);
  expect(good.seen.length).toBe(8);
});

it('tells what was never rephrased, and keeps only what was rephrased enough where the recipe says how much', async () => {
  const paragraph = 'A paragraph that is long enough to be a passage alone.';
  const texts = { none: ['Keep'], all: ['Take'], half: ['Take', 'Keep'], unscored: ['Keep', 'Odd'] };
  const pages = Object.entries(texts).map(([id, words]) => ({
    id,
    text: words.map((word) => `${word} ${paragraph}`).join('\n\n'),
  }));
  const use = rephraserOf(({ text }) =>
    text.startsWith('Take') ? { outcome: 'rephrased', text: text.toUpperCase() } : { outcome: 'kept' },
  );
  // As a faithful reward does: best where nothing was changed.
  const { reward } = rewardOf('facts', (text) =>
    text.includes('Odd') ? { outcome: 'unscored', reason: 'no verdict' } : text.includes('TAKE') ? 0.5 : 1,
  );
  const keptBy = async (filter: NonNullable<RecipeInput['filter']>, output: 'jsonl.zst' | 'parquet' = 'jsonl.zst') => {
    const folder = await writeFolder({ 'pages/a.jsonl': pages });
    const recipe = { rephraser: { use }, rewards: [{ use: reward }], recycle: { output }, score: {}, filter };
    await using session = await openTestSession(folder, recipe);
    const { stages } = await runRecipe(session);
    await verifyRun(runFolderOf(folder));
    const { rows } = await queryRun(runFolderOf(folder), 'select record_id, outcome, value, reason from filter');
    return { summary: stages.filter, rows };
  };
  const best = await keptBy({ by: 'facts', keep: { share: 0.25 } });
  expect(best.summary).toMatchObject({ reasons: { 'kept/nothing-rephrased': 1 }, records: { kept: 1 }, from: 1 });
  for (const output of ['jsonl.zst', 'parquet'] as const) {
    const bound = { by: 'facts', rephrasedShare: { atLeast: 0.4 } };
    const some = await keptBy({ ...bound, keep: { share: 0.5 } }, output);
    expect(some.rows).toEqual([
      ['none', 'below', 1, 'too-little-rephrased'],
      ['all', 'kept', 0.5, null],
      ['half', 'kept', 0.5, null],
      ['unscored', 'unscored', null, 'no verdict'],
    ]);
    expect(some.summary).toMatchObject({
      ...bound,
      records: { in: 4, kept: 2, below: 1, unscored: 1 },
      reasons: { 'below/too-little-rephrased': 1 },
      from: 0.5,
    });
  }
  const all = await keptBy({ by: 'facts', keep: { atLeast: 0 }, rephrasedShare: { atLeast: 1 } });
  expect(all.summary).toMatchObject({ records: { kept: 1, below: 2 }, reasons: { 'below/too-little-rephrased': 2 } });
});

it('goes on after an abort, does nothing twice, and does all again when a new shard moves the cut', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': pagesOf([
      ['a', 0.1],
      ['b', 0.6],
    ]),
    'pages/b.jsonl': pagesOf([
      ['c', 0.2],
      ['d', 0.7],
    ]),
  });
  const abort = new AbortController();
  const states: string[] = [];
  const onEvent = (event: SessionEvent) => {
    if (event.type === 'part' && event.stage === 'filter') {
      states.push(`${event.part} ${event.state}`);
      abort.abort(new Error('stop'));
    }
  };
  {
    await using session = await openTestSession(folder, ranked({ share: 0.5 }), { onEvent, abortSignal: abort.signal });
    await expect(runRecipe(session)).rejects.toThrow('stop');
  }
  {
    await using session = await openTestSession(folder, ranked({ share: 0.5 }), { onEvent });
    expect((await runRecipe(session, { only: ['filter'] })).stages.filter?.records.kept).toBe(2);
  }
  expect(states).toEqual(['0 committed', '0 already-done', '1 committed']);
  await writePages(
    join(folder, 'pages/c.jsonl'),
    pagesOf([
      ['e', 0.9],
      ['f', 0.8],
    ]),
  );
  await using session = await openTestSession(folder, ranked({ share: 0.5 }), { onEvent });
  expect((await runRecipe(session)).stages.filter).toMatchObject({ records: { kept: 3 }, from: 0.7 });
  expect(states.slice(3)).toEqual(['0 committed', '1 committed', '2 committed']);
  await verifyRun(runFolderOf(folder));
});

it('names the command that makes what is missing, before any page is recycled', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': pagesOf([['a', 1]]) });
  const { score: _score, ...unscored } = ranked({ share: 0.5 });
  await using session = await openTestSession(folder, unscored);
  const missing = { code: 'REPRO_INPUT_MISSING', stage: 'filter' };
  await expect(runRecipe(session)).rejects.toMatchObject({ ...missing, hint: expect.stringContaining('`score: {}`') });
  const alone = { only: ['filter'] } as const;
  await expect(runRecipe(session, alone)).rejects.toMatchObject({ ...missing, missing: /recycled parts/ });
  await recycle(session);
  await expect(runRecipe(session, alone)).rejects.toMatchObject({
    ...missing,
    missing: expect.stringContaining('1 of 1 parts'),
    hint: expect.stringContaining('--only score,filter'),
  });
  await using without = await openTestSession(folder, { name: 'without' });
  await expect(runRecipe(without, alone)).rejects.toMatchObject({ ...missing, hint: expect.stringContaining('keep') });
});

it('takes the scores of other rewards only where they are kept', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  const { reward, seen } = rewardOf('quality', () => 1);
  const recipe = (entry: object) => ({
    rewards: [{ use: reward, ...entry }],
    recycle: {},
    score: {},
    filter: { by: 'total', keep: { atLeast: 1 } },
  });
  {
    await using session = await openTestSession(folder, recipe({}));
    await runRecipe(session);
  }
  {
    await using session = await openTestSession(folder, recipe({ note: 'other settings' }));
    const alone = runRecipe(session, { only: ['filter'] });
    await expect(alone).rejects.toMatchObject({ missing: expect.stringContaining('the scores of these rewards') });
    const { stages } = await runRecipe(session, { existing: 'keep' });
    expect(stages.filter).toMatchObject({ records: { kept: 2 } });
  }
  await using session = await openTestSession(folder, recipe({ as: 'renamed' }));
  const { stages } = await runRecipe(session, { existing: 'keep' });
  expect(stages.filter).toMatchObject({ records: { kept: 0, unscored: 2 }, from: 1 });
  expect(seen.length).toBe(2);
});

it.each([
  [{ by: 'qualty', keep: { share: 0.1 } }, {}, 'there is no reward "qualty"; did you mean "quality"?'],
  [{ by: 'quality', keep: { share: 0.1 } }, { share: 0.01 }, 'says "share: 0.01"; state "share: 1" there'],
  [{ by: 'total', keep: { share: 0.1 } }, { share: 0.01 }, 'the filter needs quality of every record'],
  [{ by: 'total', keep: { share: 0.1 } }, { weight: 0 }, 'every reward has weight 0'],
  [{ by: 'total', keep: { share: 0.1 } }, { as: 'total' }, 'a reward is named "total" too'],
  [{ by: 'quality', keep: { share: 0.1, atLeast: 1 } }, {}, 'expected either "atLeast" or "share"'],
  [{ by: 'quality', keep: { share: 10 } }, {}, 'filter.keep.share'],
])('refuses %j with %j', async (filter, settings, message) => {
  const folder = await writeFolder({ 'pages/a.jsonl': [] });
  const { reward } = rewardOf('quality', readScore);
  const opening = openTestSession(folder, { rewards: [{ use: reward, ...settings }], filter });
  await expect(opening).rejects.toMatchObject({ code: 'REPRO_RECIPE', message: expect.stringContaining(message) });
});

it('stands in the plan', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': pagesOf([['a', 1]]) });
  await using session = await openTestSession(folder, ranked({ share: 0.07 }));
  const { lines, stages } = await planRun(session, {});
  expect(stages).toEqual(['recycle', 'score', 'filter']);
  expect(lines).toContain('Filter by quality: keeps the best 7 % of the records, whatever their length');
  const bound = { ...ranked({ atLeast: 0.5 }).filter, rephrasedShare: { atLeast: 0.9 } };
  await using bounded = await openTestSession(folder, { ...ranked({ atLeast: 0.5 }), filter: bound });
  expect((await planRun(bounded, {})).lines).toContain(
    'Filter by quality: keeps records of at least 0.5, only those of which at least 90 % was rephrased',
  );
});
