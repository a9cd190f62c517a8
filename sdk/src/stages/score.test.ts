import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { queryRun } from '../run/query-run.ts';
import { changeCommit } from '../run/test-run.ts';
import { verifyRun } from '../run/verify-run.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { readRecords } from './read-recycled.ts';
import { recycle } from './recycle.ts';
import { runRecipe } from './run-recipe.ts';
import { score } from './score.ts';
import { openTestSession, rephraserOf, rewardOf, runFolderOf, samplePages, shoutingRephraser } from './test-pages.ts';

const builtIn = [{ use: 'length', weight: 1 }, { use: 'structure-rules' }];

it('gives every record its scores, alongside recycle as well as after it', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(21, 'a'), 'pages/b.jsonl': samplePages(2, 'b') });
  const recipe = { rewards: [...builtIn, { use: 'facts' }], recycle: {}, score: {} };
  await using together = await openTestSession(folder, recipe);
  const both = await runRecipe(together);
  expect(both.stages.score).toMatchObject({ parts: 2, records: 23, rewards: { length: { mean: 1, scored: 23 } } });
  await verifyRun(runFolderOf(folder));

  await using after = await openTestSession(folder, { ...recipe, name: 'after' });
  await recycle(after);
  const { run: _run, ...alone } = await score(after);
  expect(both.stages.score).toMatchObject(alone);
  await verifyRun(join(folder, 'runs/after'));
});

it.runIf(existsSync('/proc/self/fd'))('keeps few logs open, however many shards there are', async () => {
  const shards = Array.from({ length: 10 }, (_, shard) => [`pages/${shard}.jsonl`, samplePages(1, `s${shard}-`)]);
  const folder = await writeFolder(Object.fromEntries(shards));
  const abort = new AbortController();
  const open: number[] = [];
  const onEvent = (event: SessionEvent) => {
    if (event.type === 'progress' && event.stage === 'score') {
      open.push(openFilesBelow(join(runFolderOf(folder), 'score')));
      // What comes after has one log at a time.
      if (event.done === 10) {
        abort.abort(new Error('seen'));
      }
    }
  };
  const { reward } = rewardOf('one', () => 1);
  const options = { onEvent, abortSignal: abort.signal };
  await using session = await openTestSession(folder, { rewards: [{ use: reward }], recycle: {}, score: {} }, options);
  await expect(runRecipe(session)).rejects.toThrow('seen');
  // Four, and one or two that are being closed.
  expect(open.length).toBe(2);
  expect(Math.max(...open)).toBeLessThanOrEqual(6);
});

function openFilesBelow(folder: string): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

it('reads records with their scores', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
  const { reward } = rewardOf('apples', (text) =>
    text.includes('1 APPLES') ? { outcome: 'unscored', reason: 'too many' } : 0.25,
  );
  await using session = await openTestSession(folder, { rewards: [{ use: reward, as: 'fruit' }] });
  await recycle(session);
  expect(await Array.fromAsync(readRecords(session, 'score'))).toEqual([]);
  expect((await Array.fromAsync(readRecords(session, 'recycle'))).map(({ scores }) => scores)).toEqual([{}, {}, {}]);
  await score(session);
  for (const stage of ['recycle', 'score'] as const) {
    expect((await Array.fromAsync(readRecords(session, stage))).map(({ id, scores }) => [id, scores])).toEqual([
      ['p0', { fruit: { outcome: 'scored', value: 0.25 } }],
      ['p1', { fruit: { outcome: 'unscored', reason: 'too many' } }],
      ['p2', { fruit: { outcome: 'scored', value: 0.25 } }],
    ]);
  }
});

it('scores nothing again for other weights, thresholds and gates', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(4) });
  const one = rewardOf('one', () => 0.5);
  const two = rewardOf('two', () => 0);
  const recipe = (first: object, second: object) => ({
    rewards: [
      { use: one.reward, ...first },
      { use: two.reward, ...second },
    ],
    recycle: {},
    score: {},
  });
  {
    await using session = await openTestSession(folder, recipe({}, {}));
    expect((await runRecipe(session)).stages.score?.total).toEqual({ mean: 0.5, scored: 4, unscored: 0 });
  }
  {
    await using session = await openTestSession(folder, recipe({ weight: 4 }, {}));
    expect((await runRecipe(session)).stages.score?.total.mean).toBe(2);
  }
  {
    await using session = await openTestSession(folder, recipe({ threshold: 0.5, onlyIf: 'two' }, {}));
    const { stages } = await runRecipe(session);
    expect(stages.score).toMatchObject({ total: { mean: 0 }, rewards: { one: { passed: 1, mean: 0.5 } } });
  }
  expect([one.seen.length, two.seen.length]).toEqual([4, 4]);
  await verifyRun(runFolderOf(folder));
});

describe('scores of other rewards or versions', () => {
  const value = { now: 0.25 };
  const one = rewardOf('one', () => value.now);
  const open = (folder: string, entry: object) =>
    openTestSession(folder, { rewards: [{ use: one.reward, ...entry }], recycle: {}, score: {} });

  it.each([
    ['a changed config', async () => ({ note: 'another config' }), /other rewards/],
    [
      'a changed version',
      async (folder: string) => {
        await changeCommit(runFolderOf(folder), 'score', 0, (commit) => ({
          ...commit,
          versions: { ...commit.versions, '@repro/plugins': '0.0.1' },
        }));
        return {};
      },
      /@repro\/plugins 0\.0\.1, now/,
    ],
  ])('%s stops before anything is done, and is kept or redone as one says', async (_, change, why) => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(4) });
    value.now = 0.25;
    {
      await using session = await open(folder, {});
      await runRecipe(session);
    }
    const entry = await change(folder);
    // New work: it is not begun before the question is answered.
    await writePages(join(folder, 'pages/b.jsonl'), samplePages(2, 'b'));
    value.now = 0.75;
    await using session = await open(folder, entry);
    const stopped = { code: 'REPRO_EXISTING_OUTPUT', hint: expect.stringMatching(/--keep.*--redo/) };
    for (const stage of [runRecipe, score]) {
      await expect(stage(session)).rejects.toMatchObject({
        ...stopped,
        parts: [{ part: 'score/part-00000', shard: 'a.jsonl', why: expect.stringMatching(why) }],
      });
    }
    expect((await Array.fromAsync(readRecords(session, 'recycle'))).length).toBe(4);

    const kept = await runRecipe(session, { existing: 'keep' });
    expect(kept.stages.score?.rewards.one?.mean).toBeCloseTo((4 * 0.25 + 2 * 0.75) / 6);
    const redone = await runRecipe(session, { existing: 'redo' });
    expect(redone.stages.score?.rewards.one).toMatchObject({ mean: 0.75, scored: 6 });
    await verifyRun(runFolderOf(folder));
  });

  it('are named beside the parts of recycle that another recipe has made', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
    {
      await using session = await open(folder, {});
      await runRecipe(session);
    }
    await using session = await openTestSession(folder, {
      rephraser: { use: shoutingRephraser, note: 'other' },
      rewards: [{ use: one.reward, note: 'other' }],
      recycle: {},
      score: {},
    });
    const error = await runRecipe(session).catch((thrown) => thrown);
    expect(error.parts.map(({ part }: { part: string }) => part)).toEqual(['recycle/part-00000', 'score/part-00000']);
  });
});

describe('a shard that cannot be used', () => {
  it('keeps no score from the others in the same call', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3, 'a'), 'pages/c.jsonl': samplePages(2, 'c') });
    await writeFile(join(folder, 'pages/b.jsonl'), gzipSync(JSON.stringify({ text: 'one' })).subarray(0, 20));
    const { reward } = rewardOf('one', () => 1);
    await using session = await openTestSession(folder, { rewards: [{ use: reward }], recycle: {}, score: {} });
    await expect(runRecipe(session)).rejects.toMatchObject({ message: expect.stringContaining('b.jsonl') });
    const scored = await Array.fromAsync(readRecords(session, 'score'));
    expect(scored.map(({ id }) => id)).toEqual(['a0', 'a1', 'a2', 'c0', 'c1']);

    await writePages(join(folder, 'pages/b.jsonl'), samplePages(1, 'b'));
    expect((await runRecipe(session)).stages.score).toMatchObject({ parts: 3, records: 6 });
    await verifyRun(runFolderOf(folder));
  });

  it('that is gone since it was recycled is missing after all others were scored', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2, 'a'), 'pages/b.jsonl': samplePages(2, 'b') });
    await using session = await openTestSession(folder, { rewards: builtIn });
    await recycle(session);
    await rm(join(folder, 'pages/a.jsonl'));
    await expect(score(session)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', message: /a\.jsonl/ });
    expect((await Array.fromAsync(readRecords(session, 'score'))).map(({ id }) => id)).toEqual(['b0', 'b1']);
  });
});

it('goes on after an abort without scoring twice', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(64) });
  const abort = new AbortController();
  const { reward, seen } = rewardOf('one', () => 1);
  const recipe = { rewards: [{ use: reward }], recycle: {}, score: {} };
  {
    await using session = await openTestSession(folder, recipe, {
      abortSignal: abort.signal,
      onEvent: (event) =>
        event.type === 'progress' && event.stage === 'score' && event.done >= 32 && abort.abort(new Error('stop')),
    });
    await expect(runRecipe(session)).rejects.toThrow('stop');
  }
  await using session = await openTestSession(folder, recipe);
  expect((await runRecipe(session)).stages.score).toMatchObject({ records: 64, total: { scored: 64 } });
  expect(new Set(seen).size).toBe(64);
  expect(seen.length).toBeLessThan(64 + 40);
  await verifyRun(runFolderOf(folder));
});

it('scores the same share of the pages every time', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(80) });
  const { reward, seen } = rewardOf('one', () => 1);
  const recipe = { rewards: [{ use: reward, share: 0.25 }, { use: 'length' }], recycle: {}, score: {} };
  {
    await using session = await openTestSession(folder, recipe);
    const { stages } = await runRecipe(session);
    expect(stages.score).toMatchObject({
      records: 80,
      rewards: { length: { scored: 80 }, one: { scored: seen.length } },
      total: { scored: seen.length, unscored: 80 - seen.length },
    });
  }
  expect(seen.length).toBeGreaterThan(8);
  expect(seen.length).toBeLessThan(40);
  const first = seen.splice(0).toSorted();
  await using session = await openTestSession(folder, { ...recipe, name: 'again' });
  await runRecipe(session);
  expect(seen.toSorted()).toEqual(first);
});

it('counts the records that no reward has sampled', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(40) });
  const { reward, seen } = rewardOf('one', () => 1);
  await using session = await openTestSession(folder, {
    rewards: [{ use: reward, share: 0.1 }],
    recycle: {},
    score: {},
  });
  const { stages } = await runRecipe(session);
  expect(stages.score).toMatchObject({ records: 40, total: { scored: seen.length, unscored: 40 - seen.length } });
  const scored = await Array.fromAsync(readRecords(session, 'score'));
  expect(scored.map(({ id }) => id).toSorted()).toEqual(seen.toSorted());
});

it('ends with the fault of a reward that breaks its contract and commits no scores', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
  const { reward } = rewardOf('one', () => 7);
  await using session = await openTestSession(folder, { rewards: [{ use: reward }], recycle: {}, score: {} });
  await expect(runRecipe(session)).rejects.toMatchObject({ code: 'REPRO_PLUGIN_CONTRACT', found: '7' });
  expect(await Array.fromAsync(readRecords(session, 'score'))).toEqual([]);
  await verifyRun(runFolderOf(folder));
});

it('leaves a text unscored that a reward fails on, and scores its neighbours', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(20) });
  const { reward } = rewardOf('one', (text) => {
    if (text.includes('PAGE 7 ')) {
      throw new TypeError('cannot read seven');
    }
    return 1;
  });
  await using session = await openTestSession(folder, { rewards: [{ use: reward }], recycle: {}, score: {} });
  expect((await runRecipe(session)).stages.score).toMatchObject({
    rewards: { one: { scored: 19, unscored: 1 } },
    reasons: { 'one: cannot read seven': 1 },
  });
});

it('keeps the scores there are until new ones take their place', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(4) });
  const recipe = (value: number) => ({ rewards: [{ use: rewardOf('one', () => value).reward, note: `${value}` }] });
  {
    await using session = await openTestSession(folder, { ...recipe(0.5), recycle: {}, score: {} });
    await runRecipe(session);
  }
  {
    await using broken = await openTestSession(folder, { ...recipe(7), recycle: {}, score: {} });
    await expect(score(broken, { existing: 'redo' })).rejects.toMatchObject({ code: 'REPRO_PLUGIN_CONTRACT' });
  }
  const sql = 'select distinct value from scores';
  expect((await queryRun(runFolderOf(folder), sql)).rows).toEqual([[0.5]]);
  await using better = await openTestSession(folder, { ...recipe(1), recycle: {}, score: {} });
  await score(better, { existing: 'redo' });
  expect((await queryRun(runFolderOf(folder), sql)).rows).toEqual([[1]]);
  expect(await verifyRun(runFolderOf(folder))).toMatchObject({ scores: 4 });
});

it('means over all pages, and over those of which something was rewritten', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(4) });
  const use = rephraserOf(({ documentId, text }) =>
    documentId === 'p0' ? { outcome: 'rephrased', text: text.toUpperCase() } : { outcome: 'kept' },
  );
  const { reward } = rewardOf('lower', (text) => (text === text.toUpperCase() ? 0 : 1));
  await using session = await openTestSession(folder, {
    rephraser: { use },
    rewards: [{ use: reward }],
    recycle: {},
    score: {},
  });
  expect((await runRecipe(session)).stages.score).toMatchObject({
    rewards: { lower: { mean: 0.75, meanRewritten: 0 } },
  });
});

it('scores each record of an expanded page against the page', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  const use = rephraserOf(() => ({ outcome: 'expanded', texts: [{ text: 'Why?' }, { text: 'How?' }] }));
  const { reward, seen } = rewardOf('one', () => 1);
  await using session = await openTestSession(folder, {
    rephraser: { use },
    rewards: [{ use: reward }, { use: 'length' }],
    recycle: {},
    score: {},
  });
  expect((await runRecipe(session)).stages.score).toMatchObject({ records: 8 });
  expect(seen).toEqual(['p0#0.0', 'p0#0.1', 'p0#1.0', 'p0#1.1', 'p1#0.0', 'p1#0.1', 'p1#1.0', 'p1#1.1']);
  await verifyRun(runFolderOf(folder));
});

it('pairs no text with a source that has changed or gone', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(2) });
  await using session = await openTestSession(folder, { rewards: builtIn });
  await recycle(session);
  await writePages(join(folder, 'pages/a.jsonl'), samplePages(2, 'other'));
  await expect(score(session)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', message: /has changed/ });
  await rm(join(folder, 'pages/a.jsonl'));
  await writePages(join(folder, 'pages/b.jsonl'), samplePages(1));
  await expect(score(session)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', message: /a\.jsonl/ });
});

it('says what is missing before any page is recycled', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1) });
  await using noRewards = await openTestSession(folder, {
    rephraser: { use: shoutingRephraser },
    score: {},
    recycle: {},
  });
  await expect(runRecipe(noRewards)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', missing: 'rewards' });
  expect(await Array.fromAsync(readRecords(noRewards, 'recycle'))).toEqual([]);
  await using nothingYet = await openTestSession(folder, { name: 'new', rewards: builtIn, score: {} });
  await expect(runRecipe(nothingYet)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', stage: 'score' });
  await using noStage = await openTestSession(folder, { name: 'none' });
  await expect(runRecipe(noStage)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING', missing: 'a stage' });
});
