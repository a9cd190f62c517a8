import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { planRun } from './plan-run.ts';
import { runRecipe } from './run-recipe.ts';
import { openTestSession, rewardOf, runFolderOf, samplePages, shoutingRephraser } from './test-pages.ts';

const filesOf = async (folder: string) => (await readdir(folder, { recursive: true })).toSorted();

const lines = (count: number) =>
  samplePages(count)
    .map((page) => `${JSON.stringify({ ...page, url: `https://example.org/${page.id}` })}\n`)
    .join('');

describe('the plan of a run', () => {
  it.each<[string, (text: string) => string | Uint8Array]>([
    ['plain', (text) => text],
    ['gzip', (text) => gzipSync(text)],
    ['zstd', (text) => zstdCompressSync(text)],
    ['several zstd frames', (text) => Buffer.concat([zstdCompressSync(text), zstdCompressSync('')])],
  ])('counts the documents of %s files within a few percent', async (_, pack) => {
    const folder = await writeFolder({ 'pages/a.jsonl': pack(lines(3000)), 'pages/b.jsonl': pack(lines(1500)) });
    await using session = await openTestSession(folder, { recycle: {} });
    const { documents, estimated, shards } = await planRun(session, {});
    expect([shards, estimated]).toEqual([2, true]);
    expect(Math.abs(documents / 4500 - 1)).toBeLessThan(0.05);
  });

  it('estimates a file of which it reads only the beginning', async () => {
    const text = Array.from(
      { length: 40_000 },
      (_, page) =>
        `${JSON.stringify({ id: `p${page}`, text: `${Math.sin(page)} ${Math.cos(page)} ${Math.sin(page * page)}` })}\n`,
    ).join('');
    const folder = await writeFolder({ 'pages/a.jsonl': zstdCompressSync(text) });
    await using session = await openTestSession(folder, { recycle: {} });
    expect(Math.abs((await planRun(session, {})).documents / 40_000 - 1)).toBeLessThan(0.15);
  });

  it('names the run folder and makes none', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
    await using session = await openTestSession(folder, { recycle: {} });
    const plan = await planRun(session, {});
    expect(plan).toMatchObject({ run: runFolderOf(folder), documents: 3, estimated: false, missing: [] });
    expect(plan.lines[0]).toBe(`Run folder: ${runFolderOf(folder)}`);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('stops at records without the text field, in the words of the run', async () => {
    const pages = (count: number) => Array.from({ length: count }, (_, page) => ({ id: `p${page}`, body: 'A page.' }));
    const whole = await writeFolder({ 'pages/a.jsonl': pages(12) });
    await using session = await openTestSession(whole, { recycle: {} });
    const { fault, lines: said } = await planRun(session, {});
    const reason = 'line 1: field "text" is missing; the record has "id", "body"';
    expect(said).toContain(`Unusable: 12 of the 12 records of a.jsonl; the first: ${reason}`);
    const stopped = await runRecipe(session).catch((error: unknown) => error);
    expect(stopped).toMatchObject({ code: 'REPRO_TOO_MANY_BAD_RECORDS' });
    expect(fault).toEqual(stopped);

    expect((await planRun(session, { only: ['score'] })).fault).toBeUndefined();

    const long = await writeFolder({ 'pages/a.jsonl': pages(250) });
    await using beginning = await openTestSession(long, { recycle: {} });
    const plan = await planRun(beginning, {});
    expect(plan.lines).toContain(`Unusable: 200 of the first 200 records of a.jsonl; the first: ${reason}`);
  });

  it('tells of some unusable records, and stops only where the run surely would', async () => {
    const pages = (good: number) => [...Array.from({ length: 40 }, () => ({ id: 1 })), ...samplePages(good)];
    const about = async (good: number, recycle = {}) => {
      const folder = await writeFolder({ 'pages/a.jsonl': pages(good) });
      await using session = await openTestSession(folder, { recycle });
      return await planRun(session, {});
    };
    expect((await about(100)).fault).toMatchObject({ code: 'REPRO_TOO_MANY_BAD_RECORDS' });
    expect((await about(100, { maxQuarantinedShare: 0.5 })).fault).toBeUndefined();
    // Of the rest of a longer shard it knows nothing.
    const long = await about(1000);
    expect(long.fault).toBeUndefined();
    expect(long.lines).toContainEqual(expect.stringContaining('Unusable: 40 of the first 200 records of a.jsonl'));
  });

  it('names what lies in the run and would be refused, as the run does, and changes nothing', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
    const { reward } = rewardOf('one', () => 1);
    const recipe = (note?: string) => ({
      rephraser: { use: shoutingRephraser, ...(note !== undefined && { note }) },
      rewards: [{ use: reward, ...(note !== undefined && { note }) }],
      recycle: {},
      score: {},
    });
    {
      await using session = await openTestSession(folder, recipe());
      await runRecipe(session);
      expect(await planRun(session, {})).toMatchObject({ different: [], fault: undefined });
    }
    const filesBefore = await filesOf(runFolderOf(folder));
    await using session = await openTestSession(folder, recipe('other'));
    const { fault, lines: said } = await planRun(session, {});
    const why = 'made with another recipe, limit or model';
    expect(said).toContain(`Refused: recycle/part-00000 (a.jsonl): ${why}`);
    expect(said).toContainEqual(
      expect.stringContaining('Refused: score/part-00000 (a.jsonl): made with other rewards'),
    );
    const kept = await planRun(session, { existing: 'keep' });
    expect(kept.fault).toBeUndefined();
    expect(kept.lines).toContain(`Kept as it is: recycle/part-00000 (a.jsonl): ${why}`);
    expect((await planRun(session, { existing: 'redo' })).lines).toContain(
      `Made anew: recycle/part-00000 (a.jsonl): ${why}`,
    );
    const records = join(runFolderOf(folder), 'recycle/part-00000.jsonl.zst');
    const content = await readFile(records);
    await writeFile(records, '');
    expect((await planRun(session, { existing: 'keep' })).lines).toContainEqual(
      expect.stringMatching(/^Made anew: recycle\/part-00000 \(a\.jsonl\): .* has 0 bytes/),
    );
    await writeFile(records, content);
    expect((await planRun(session, { only: ['filter'] })).different).toEqual([]);
    expect(await filesOf(runFolderOf(folder))).toEqual(filesBefore);
    const stopped = await runRecipe(session).catch((error: unknown) => error);
    expect(stopped).toMatchObject({ code: 'REPRO_EXISTING_OUTPUT' });
    expect(fault).toEqual(stopped);
  });

  it('says that it cannot compare where a model is missing', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1) });
    {
      await using session = await openTestSession(folder, { recycle: {} });
      await runRecipe(session);
    }
    const models = { gone: { path: join(folder, 'gone') } };
    await using session = await openTestSession(folder, { models, recycle: {} });
    const { lines: said, fault } = await planRun(session, {});
    expect(fault).toBeUndefined();
    expect(said).toContainEqual(expect.stringMatching(/^Not compared with what lies in the run folder: /));
  });

  it('lists what is not there: models, templates, Python packages', async () => {
    const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1) });
    const { reward } = rewardOf('one', () => 1);
    const handler = { file: new URL('file:///handler.py'), requires: ['no-such-package-of-ours>=3'] };
    await using session = await openTestSession(folder, {
      models: {
        gone: { path: join(folder, 'gone'), chatTemplate: join(folder, 'gone.jinja') },
        hub: { path: 'no-one/no-such-model' },
        small: { path: 'builtin:smollm2-135m' },
      },
      rewards: [{ use: { ...reward, handler } }],
      recycle: {},
    });
    const { missing, lines: said } = await planRun(session, {});
    expect(missing.map(({ what }) => what)).toEqual([
      'model gone',
      'chat template of model gone',
      'model hub',
      expect.stringMatching(/^Python (package|environment)$/),
    ]);
    expect(said).toContain(`Missing: model gone: there is no config.json in ${join(folder, 'gone')}`);
  });
});
