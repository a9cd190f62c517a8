import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { planRun } from './plan-run.ts';
import { openTestSession, rewardOf, runFolderOf, samplePages } from './test-pages.ts';

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
