import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { recycle, runRecipe } from '@repro/sdk';
import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { python } from '../bridge/sample-pool.ts';
import { everyStage, openProject } from './test-run.ts';

const lines = (...rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const rejectLast = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'reject-last',
  configSchema: z.strictObject({}),
  split: (document) => splitDocument(document, { maxCharacters: 1000 }),
  prompt: () => [],
  parse: (_none, { text }) => (text === 'last' ? { outcome: 'rejected', reason: 'refusal' } : { outcome: 'kept' }),
  join: joinParts,
});

it('D03: a field that is null a thousand times and then a text stays what it is, in the ledger too', async () => {
  const rows = Array.from({ length: 1000 }, (_, number) => ({
    id: `n${number}`,
    text: `t${number}`,
    lang: null,
    meta: { url: null },
  }));
  const last = { id: 'z', text: 'last', lang: 'de', meta: { url: 'https://example.org/p' } };
  const project = await openProject({ 'pages/drift.jsonl': lines(...rows, last) });
  await using session = await project.open({ ...everyStage, rephraser: { use: rejectLast } });
  expect((await runRecipe(session)).stages).toMatchObject({ recycle: { documents: { in: 1001, written: 1001 } } });
  const records = await project.kept(session);
  expect(records).toHaveLength(1001);
  expect(records[0]?.metadata).toEqual({ id: 'n0', lang: null, meta: { url: null } });
  expect(records[1000]?.metadata).toEqual({ id: 'z', lang: 'de', meta: { url: 'https://example.org/p' } });
  expect(await project.query('select count(*), count(reason), max(reason) from ledger')).toEqual([
    [1001, 1, 'refusal'],
  ]);
  await project.verify();
});

it('D04: one line larger than the limit is one quarantined record that names it, and its neighbours stay', async () => {
  const project = await openProject({
    'pages/a.jsonl': lines(
      { id: 'a', text: 'one' },
      { id: 'big', text: 'lorem ipsum '.repeat(6_000_000) },
      { id: 'c', text: 'three' },
    ),
  });
  await using session = await project.open(everyStage);
  const { stages } = await runRecipe(session);
  expect(stages.recycle).toMatchObject({ documents: { in: 3, written: 2, quarantined: 1 } });
  expect((await project.kept(session)).map(({ id }) => id)).toEqual(['a', 'c']);
  expect(process.resourceUsage().maxRSS).toBeLessThan(2 ** 20);
  expect(await project.query('select line, byte, code, reason from quarantine')).toEqual([
    [2, 24, 'too-large', expect.stringContaining('maxRecordBytes is 16777216')],
  ]);
});

it('D04: within a limit that is raised its text is unchanged', async () => {
  const text = 'lorem ipsum '.repeat(1_500_000);
  const project = await openProject({ 'pages/a.jsonl': lines({ id: 'big', text }) });
  const path = `${project.folder}/pages/a.jsonl`;
  await using session = await project.open({ dataset: { use: 'jsonl', path, id: 'id', maxRecordBytes: 100_000_000 } });
  await recycle(session);
  const sha256 = (value = '') => createHash('sha256').update(value).digest('hex');
  expect(sha256((await project.records(session))[0]?.text)).toBe(sha256(text));
});

/** Reads two files of JSON lines and compares what each row says of `meta`, absent or not. */
const compareMeta = `
import json, sys
read = lambda path: [json.loads(line).get("meta", "absent") for line in open(path, encoding="utf-8")]
print(read(sys.argv[1]) == read(sys.argv[2]))
`;

it.each(['jsonl.zst', 'parquet'])(
  'D06: nested metadata comes back as it was, whatever its keys are called: %s',
  async (output) => {
    const metas = [
      '{"k1":1}',
      '{"k2":{}}',
      '{}',
      undefined,
      'null',
      '{"__proto__":{"x":1},"constructor":"c"}',
      '{"k":[null,[1],[]]}',
      '{"n":123456789012345678901234567890,"big":9007199254740993}',
    ];
    const source = metas
      .map((meta, n) => `{"id":"${n}","text":"t"${meta === undefined ? '' : `,"meta":${meta}`}}\n`)
      .join('');
    const project = await openProject({ 'pages/a.jsonl': source });
    await using session = await project.open({ ...everyStage, recycle: { output } });
    expect((await runRecipe(session)).stages).toMatchObject({ recycle: { documents: { in: 8, written: 8 } } });
    const found = (await project.kept(session)).map(({ metadata }) => metadata);
    expect(found.map((metadata) => Object.hasOwn(metadata, 'meta'))).toEqual(metas.map((meta) => meta !== undefined));
    const [k1, k2, empty, , nothing, odd, nested, large] = found.map(({ meta }) => meta);
    expect([k1, k2, empty, nothing, nested]).toEqual([{ k1: 1 }, { k2: {} }, {}, null, { k: [null, [1], []] }]);
    expect(Object.keys(odd as object)).toEqual(['__proto__', 'constructor']);
    expect(large).toEqual({ n: 123456789012345678901234567890n, big: 9007199254740993n });
    expect(({} as { x?: number }).x).toBeUndefined();
    await project.verify();
    const rows = await project.query(`select metadata::varchar from records`);
    await project.write('read-back.jsonl', rows.map(([metadata]) => `${metadata}\n`).join(''));
    const files = ['pages/a.jsonl', 'read-back.jsonl'].map((name) => join(project.folder, name));
    expect((await execa(python.executable, ['-c', compareMeta, ...files])).stdout).toBe('True');
  },
);

it('D09: texts that look like dates, ids and numbers are texts, in records and in queries', async () => {
  const row = { d: '03-02-2021', seen: '2024-01-05T10:00:00Z', u: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', zip: '00123' };
  const project = await openProject({ 'pages/dates.jsonl': lines({ text: 't', ...row }) });
  await using session = await project.open(everyStage);
  await runRecipe(session);
  expect((await project.kept(session)).map(({ metadata }) => metadata)).toEqual([row]);
  const columns = Object.keys(row).map((key) => `metadata->>'${key}'`);
  expect(await project.query(`select ${columns.join(', ')} from records`)).toEqual([Object.values(row)]);
});

it('D11: a record with half a surrogate pair is quarantined with its line, its neighbours are not', async () => {
  const project = await openProject({
    'pages/sur.jsonl': [
      '{"id":"s1","text":"left \\ud83d right"}',
      '{"id":"s2","text":"left \\ud83d\\ude00 right"}',
      '{"id":"s3","text":"fine","title":"\\udce9"}',
      '',
    ].join('\n'),
  });
  await using session = await project.open(everyStage);
  const { stages } = await runRecipe(session);
  expect(stages.recycle).toMatchObject({ documents: { in: 3, written: 1, quarantined: 2 } });
  expect(stages.score).toMatchObject({ records: 1, rewards: { length: { scored: 1, unscored: 0 } } });
  const [record, ...others] = await project.kept(session);
  expect([record?.id, others]).toEqual(['s2', []]);
  expect([...(record?.text ?? '')]).toHaveLength(12);
  expect(record?.text.codePointAt(5)).toBe(0x1f600);
  expect(await project.query('select line, code from quarantine order by line')).toEqual([
    [1, 'lone-surrogate'],
    [3, 'lone-surrogate'],
  ]);
});
