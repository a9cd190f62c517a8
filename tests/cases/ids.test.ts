import { readFile } from 'node:fs/promises';
import { recycle } from '@repro/sdk';
import { expect, it } from 'vitest';
import { openProject } from './test-run.ts';

it('D07: files of one name in two folders keep their ids apart, and a folder added later changes none', async () => {
  const project = await openProject({
    'pages/a/part-0.jsonl': '{"text":"a0"}\n{"text":"a1"}\n',
    'pages/b/part-0.jsonl': '{"text":"b0"}\n{"text":"b1"}\n',
  });
  const idsOf = async () => {
    await using session = await project.open();
    const { parts } = await recycle(session);
    await project.verify();
    return { parts, ids: (await project.records(session)).map(({ id, text }) => `${id} ${text}`) };
  };
  const first = await idsOf();
  expect(first.parts).toBe(2);
  expect(new Set(first.ids).size).toBe(4);
  const commits = () =>
    Promise.all([0, 1].map((part) => readFile(`${project.run}/recycle/part-0000${part}.ok.json`, 'utf8')));
  const before = await commits();
  await project.write('pages/0/part-0.jsonl', '{"text":"zero"}\n');
  const second = await idsOf();
  expect(second.parts).toBe(3);
  expect(second.ids.slice(0, 4)).toEqual(first.ids);
  expect(second.ids).toHaveLength(5);
  expect(await commits()).toEqual(before);
});

it('D07: two rows with one id are one record and one quarantined duplicate', async () => {
  const project = await openProject({
    'pages/a.jsonl': '{"url":"https://example.org","text":"first"}\n{"url":"https://example.org","text":"second"}\n',
  });
  const path = `${project.folder}/pages/a.jsonl`;
  await using session = await project.open({ dataset: { use: 'jsonl', path, id: 'url' } });
  expect(await recycle(session)).toMatchObject({
    documents: { in: 2, written: 1, quarantined: 1 },
    quarantine: { 'duplicate-id': 1 },
  });
  expect((await project.records(session)).map(({ text }) => text)).toEqual(['first']);
  await project.verify();
});
