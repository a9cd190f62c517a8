import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { runRecipe } from '@repro/sdk';
import { expect, it } from 'vitest';
import { everyStage, openProject } from './test-run.ts';

// D01: one zstd frame of two raw blocks (rows a, b), cut exactly between the blocks, and the same frame whole (a, b, c).
const half = Buffer.from(
  '28b52ffd204a8001007b226964223a2261222c2274657874223a226f6e65227d0a7b226964223a2262222c2274657874223a2274776f227d0a',
  'hex',
);
const rest = Buffer.from('d100007b226964223a2263222c2274657874223a227468726565227d0a', 'hex');
const cutGzip = gzipSync('{"id":"g","text":"gee"}\n').subarray(0, -8);

it('D01: a half-uploaded shard is an error with its byte and no rows; whole ones beside it are committed', async () => {
  const project = await openProject({
    'pages/a.jsonl.zst': half,
    'pages/c.jsonl.gz': cutGzip,
    'pages/whole.jsonl.zst': Buffer.concat([half, rest]),
  });
  {
    await using session = await project.open(everyStage);
    await expect(runRecipe(session)).rejects.toMatchObject({
      code: 'REPRO_UNUSABLE_SHARDS',
      shards: [
        {
          shard: 'a.jsonl.zst',
          error: { code: 'REPRO_UNREADABLE_SHARD', message: expect.stringMatching(/a\.jsonl\.zst.*byte \d+/) },
        },
        {
          shard: 'c.jsonl.gz',
          error: { code: 'REPRO_UNREADABLE_SHARD', message: expect.stringMatching(/c\.jsonl\.gz.*byte \d+/) },
        },
      ],
    });
    for (const records of [await project.records(session), await project.kept(session)]) {
      expect(records.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    }
    const commits = (await readdir(`${project.run}/recycle`)).filter((name) => name.endsWith('.ok.json'));
    expect(commits).toEqual(['part-00002.ok.json']);
  }
  expect(await project.verify()).toMatchObject({ documents: 3, records: 3, kept: 3 });
});

it('D01: once the file is whole the same command takes its rows', async () => {
  const project = await openProject({ 'pages/a.jsonl.zst': half });
  {
    await using session = await project.open(everyStage);
    await expect(runRecipe(session)).rejects.toMatchObject({ code: 'REPRO_UNREADABLE_SHARD' });
    expect(await project.records(session)).toEqual([]);
  }
  await project.write('pages/a.jsonl.zst', Buffer.concat([half, rest]));
  await using session = await project.open(everyStage);
  expect((await runRecipe(session)).stages).toMatchObject({
    recycle: { documents: { in: 3, written: 3 } },
    filter: { records: { in: 3, kept: 3 } },
  });
  expect(await project.verify()).toMatchObject({ documents: 3, inProgress: [] });
});
