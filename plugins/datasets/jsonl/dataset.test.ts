import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type DatasetContext, type RawRecord, stringifyJson } from '@repro/sdk/contract';
import { testDataset } from '@repro/sdk/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShardNameTakenError } from '../shard-name-taken-error.ts';
import { ShardsNotFoundError } from '../shards-not-found-error.ts';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { jsonlDataset } from './dataset.ts';

type Config = Parameters<typeof jsonlDataset.doListShards>[0]['config'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jsonl-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function place(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** The dataset reads its config and the signal, and nothing else of what a host gives. */
async function contextFor(config: object, abortSignal = AbortSignal.timeout(20_000)): Promise<DatasetContext<Config>> {
  const checked = await jsonlDataset.configSchema['~standard'].validate(config);
  if (checked.issues) {
    throw new TypeError(checked.issues.map(({ message }) => message).join());
  }
  return { config: checked.value, abortSignal } as DatasetContext<Config>;
}

const list = async (path: string | readonly string[]) => jsonlDataset.doListShards(await contextFor({ path }));
const names = async (path: string | readonly string[]) => (await list(path)).map(({ name }) => name);

/** All records of all shards under a path. */
async function read(path: string, config: object = {}, fromRecord = 0): Promise<readonly RawRecord[]> {
  const context = await contextFor({ path, ...config });
  const shards = await jsonlDataset.doListShards(context);
  const records = shards.map((shard) => Array.fromAsync(jsonlDataset.doReadShard(shard, { fromRecord }, context)));
  return (await Promise.all(records)).flat();
}

const textsOf = (records: readonly RawRecord[]) =>
  records.map((record) => (record.outcome === 'record' ? record.text : record.code));

const rows = (...texts: string[]) => texts.map((text) => `${JSON.stringify({ text })}\n`).join('');

const zstd = (text: string) => zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

const suite = await mkdtemp(join(tmpdir(), 'jsonl-suite-'));
afterAll(() => rm(suite, { recursive: true }));
await writeFile(join(suite, 'a.jsonl'), `${rows('one', 'two')}no JSON\n\n{"text":"","id":7}\n`);
await writeFile(join(suite, 'b.jsonl.zst'), zstd(rows('three')));
testDataset(jsonlDataset, { config: { path: join(suite, '*'), id: 'id' } });

describe('listing shards', () => {
  it('names shards by their path below the fixed part of the glob, so that equal base names differ', async () => {
    await place('pages/b/part-0.jsonl', rows('b0'));
    await place('pages/a/part-0.jsonl', rows('a0'));
    const before = await list(join(folder, 'pages/*/*.jsonl'));
    expect(before.map(({ name }) => name)).toEqual(['a/part-0.jsonl', 'b/part-0.jsonl']);

    await place('pages/0/part-0.jsonl', rows('new'));
    expect((await list(join(folder, 'pages/*/*.jsonl'))).slice(1)).toEqual(before);
  });

  it('gives another version when a file changes', async () => {
    const path = await place('a.jsonl', rows('a'));
    const [before] = await list(path);
    await place('a.jsonl', rows('b'));
    const [after] = await list(path);
    expect(after?.name).toBe(before?.name);
    expect(after?.version).not.toBe(before?.version);
    expect(after?.file).toEqual({ path, format: 'jsonl', text: 'text' });
  });

  it('takes a list, follows links to folders, and takes a file that exists for no pattern', async () => {
    await place('elsewhere/x.jsonl', rows('x'));
    await place('pages/[1].jsonl', rows('one'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'pages/link'));
    expect(await names(join(folder, 'pages/*/*.jsonl'))).toEqual(['link/x.jsonl']);
    expect(await names([join(folder, 'pages/[1].jsonl'), join(folder, 'elsewhere/*')])).toEqual([
      '[1].jsonl',
      'x.jsonl',
    ]);
    expect(await names([join(folder, 'elsewhere/*'), join(folder, 'elsewhere/x.jsonl')])).toEqual(['x.jsonl']);
  });

  it('refuses two files that would be one shard', async () => {
    const paths = [await place('a/part.jsonl', ''), await place('b/part.jsonl', '')];
    await expect(list(paths)).rejects.toThrow(ShardNameTakenError);
    await expect(list(paths)).rejects.toMatchObject({ code: 'REPRO_SHARD_NAME_TAKEN', files: paths });
  });

  it('says what is there when nothing matches', async () => {
    await place('pages/a.json', '');
    await mkdir(join(folder, 'empty'));
    const problem = (path: string) => list(join(folder, path)).catch((error: ShardsNotFoundError) => error.message);
    expect(await problem('pages/*.jsonl')).toContain(`"${folder}/pages" holds a.json.`);
    expect(await problem('pages/b.jsonl')).toContain(`"${folder}/pages" holds a.json.`);
    expect(await problem('pagse/*.jsonl')).toContain(
      `there is no folder "${folder}/pagse"; "${folder}" holds empty, pages.`,
    );
    expect(await problem('pages')).toContain(`it is a folder; name its files, as in "${folder}/pages/*.jsonl".`);
    expect(await problem('empty/*')).toContain(`"${folder}/empty" is empty.`);
    await expect(list(join(folder, 'pages/*.jsonl'))).rejects.toThrow(ShardsNotFoundError);
  });

  it('says in its JSON Schema that `path` is a path', () => {
    const schema = jsonlDataset.configSchema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    expect(schema).toMatchObject({
      properties: {
        path: {
          anyOf: [
            { type: 'string', format: 'path' },
            { type: 'array', items: { format: 'path' } },
          ],
        },
      },
    });
  });
});

describe('reading compressed files', () => {
  const files: readonly (readonly [string, Uint8Array | string])[] = [
    ['plain', rows('one', 'two', 'three')],
    ['gzip', gzipSync(rows('one', 'two', 'three'))],
    [
      'gzip members cut inside a line',
      Buffer.concat([gzipSync(rows('one').slice(0, 5)), gzipSync(rows('one').slice(5) + rows('two', 'three'))]),
    ],
    ['padded gzip', Buffer.concat([gzipSync(rows('one', 'two', 'three')), Buffer.alloc(600)])],
    ['zstd', zstd(rows('one', 'two', 'three'))],
    [
      'zstd frames',
      Buffer.concat([zstd(rows('one').slice(0, 5)), zstd(''), zstd(rows('one').slice(5)), zstd(rows('two', 'three'))]),
    ],
    [
      'zstd with a skippable frame',
      Buffer.concat([Buffer.from('5a2a4d1803000000010203', 'hex'), zstd(rows('one', 'two', 'three'))]),
    ],
  ];

  it.each(files)('reads %s, whatever the name says', async (_, content) => {
    for (const name of ['a.jsonl', 'a.jsonl.gz', 'a.jsonl.zstd']) {
      expect(textsOf(await read(await place(name, content)))).toEqual(['one', 'two', 'three']);
    }
  });

  it('reads an empty file as a shard without records', async () => {
    expect(await read(await place('a.jsonl', ''))).toEqual([]);
    expect(await read(await place('b.jsonl', '\n\n'))).toEqual([]);
  });

  it('refuses a zstd file that ends between two blocks, though every line in it is whole', async () => {
    const half =
      '28b52ffd204a8001007b226964223a2261222c2274657874223a226f6e65227d0a7b226964223a2262222c2274657874223a2274776f227d0a';
    const rest = 'd100007b226964223a2263222c2274657874223a227468726565227d0a';
    const path = await place('a.jsonl.zst', Buffer.from(half, 'hex'));
    await expect(read(path)).rejects.toThrow(UnreadableShardError);
    await expect(read(path)).rejects.toMatchObject({ code: 'REPRO_UNREADABLE_SHARD', file: path, byte: 57 });
    await place('a.jsonl.zst', Buffer.from(half + rest, 'hex'));
    expect(textsOf(await read(path, { id: 'id' }))).toEqual(['one', 'two', 'three']);
  });

  it('refuses a file cut off anywhere, before its first record', async () => {
    const many = rows(
      ...Array.from({ length: 500 }, (_, index) => createHash('sha256').update(`${index}`).digest('hex')),
    );
    for (const content of [gzipSync(many), zstd(many)]) {
      for (const length of [1, 3, 6, 12, content.length >> 1, content.length - 8, content.length - 1]) {
        const path = await place('a', content);
        await truncate(path, length);
        const [shard] = await list(path);
        const records = jsonlDataset.doReadShard(shard as never, { fromRecord: 0 }, await contextFor({ path }));
        await expect(records[Symbol.asyncIterator]().next()).rejects.toMatchObject({ file: path, byte: length });
      }
    }
  });

  it('refuses a file with a damaged byte or with bytes after its end', async () => {
    for (const compress of [gzipSync, zstd]) {
      const content = compress(rows('one'.repeat(50), 'two'.repeat(50)));
      const damaged = Buffer.from(content);
      damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 1, damaged.length - 6);
      await expect(read(await place('a', damaged))).rejects.toThrow(UnreadableShardError);
      await expect(read(await place('a', Buffer.concat([content, Buffer.from('junk')])))).rejects.toThrow(
        UnreadableShardError,
      );
    }
    const padded = Buffer.concat([gzipSync(rows('one')), Buffer.alloc(100), gzipSync(rows('two'))]);
    await expect(read(await place('a', padded))).rejects.toThrow(/bytes after the end of the gzip data/);
  });

  it('names a format that it does not read', async () => {
    await expect(read(await place('a.jsonl', Buffer.from('fd377a585a000004', 'hex')))).rejects.toThrow(
      /the file is xz/,
    );
    await expect(read(await place('a.jsonl', Buffer.from('\ufeff{}', 'utf16le')))).rejects.toThrow(
      /the file is UTF-16/,
    );
  });

  it('says that a listed file is gone, and stops when aborted', async () => {
    const path = await place('a.jsonl', rows('one'));
    const [shard] = await list(path);
    const readListed = async (signal?: AbortSignal) =>
      Array.fromAsync(jsonlDataset.doReadShard(shard as never, { fromRecord: 0 }, await contextFor({ path }, signal)));
    await expect(readListed(AbortSignal.abort())).rejects.toThrow(/abort/i);
    await rename(path, `${path}.moved`);
    await expect(readListed()).rejects.toThrow(/cannot be opened: ENOENT/);
  });
});

describe('a manifest', () => {
  const two = rows('one', 'two');
  const sha256 = createHash('sha256').update(two).digest('hex');
  const shardsOf = async (facts: unknown, path = join(folder, '*.jsonl')) => {
    const manifest = await place('manifest.json', typeof facts === 'string' ? facts : JSON.stringify(facts));
    return read(path, { manifest });
  };

  it('lets shards pass that are as it says, bad records and blank lines as they are', async () => {
    await place('a.jsonl', two);
    await place('b.jsonl', `\ufeff\n${rows('three')} \r\nno JSON\n`);
    expect(textsOf(await shardsOf({ 'a.jsonl': { records: 2, sha256 }, 'b.jsonl': { records: 2 } }))).toEqual([
      'one',
      'two',
      'three',
      'bad-json',
    ]);
  });

  it('finds a shard that was cut off between two records, before its first one', async () => {
    const path = await place('a.jsonl', rows('one'));
    await expect(shardsOf({ 'a.jsonl': { records: 2 } })).rejects.toThrow(
      `${path} holds 1 records, its manifest says 2.`,
    );
    await expect(shardsOf({ 'a.jsonl': { sha256 } })).rejects.toMatchObject({
      code: 'REPRO_SHARD_DIFFERS',
      what: 'sha256',
    });
  });

  it('finds a shard that is not there, and one that it does not know', async () => {
    await place('a.jsonl', two);
    const missing = shardsOf({ 'a.jsonl': { records: 2 }, 'b.jsonl': { records: 1 } });
    await expect(missing).rejects.toMatchObject({ code: 'REPRO_SHARDS_NOT_FOUND', path: 'b.jsonl' });
    await expect(shardsOf({})).rejects.toThrow(/does not name shard "a.jsonl"/);
  });

  it('says where it is not as expected', async () => {
    await place('a.jsonl', two);
    await expect(shardsOf('{')).rejects.toThrow(/manifest\.json cannot be read: .*JSON/);
    await expect(shardsOf({ 'a.jsonl': { record: 2 } })).rejects.toThrow(/"a.jsonl".*"record"/);
    await expect(shardsOf({ 'a.jsonl': {} })).rejects.toThrow(/"records" or "sha256"/);
    await expect(shardsOf({ 'a.jsonl': { sha256: 'ab' } })).rejects.toMatchObject({ code: 'REPRO_BAD_MANIFEST' });
  });
});

describe('reading records', () => {
  it('keeps every field but the text as it is', async () => {
    const metas = [
      '{"k1":1}',
      '{"k2":{}}',
      '{}',
      undefined,
      'null',
      '{"__proto__":{"x":1},"constructor":"c"}',
      '{"k":[null,[1],[]]}',
    ];
    const more = ['{"n":9007199254740993,"d":"03-02-2021","zip":"00123","e":-0}'];
    const lines = [...metas, ...more].map((meta) => `{"text":"t"${meta === undefined ? '' : `,"meta":${meta}`}}`);
    const records = await read(await place('a.jsonl', lines.join('\n')));
    expect(records.map((record) => record.outcome === 'record' && stringifyJson(record.metadata))).toEqual(
      [...metas, ...more].map((meta) => (meta === undefined ? '{}' : `{"meta":${meta}}`)),
    );
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('does not mind a field that changes its type after a thousand lines', async () => {
    const nulls = Array.from(
      { length: 1000 },
      (_, index) => `{"id":"n${index}","text":"t","lang":null,"meta":{"url":null}}`,
    );
    const last = '{"id":"z","text":"last","lang":"de","meta":{"url":"https://example.org/p"}}';
    const records = await read(await place('a.jsonl', [...nulls, last].join('\n')), { id: 'id' });
    expect(records).toHaveLength(1001);
    expect(records.at(-1)).toEqual({
      outcome: 'record',
      id: 'z',
      text: 'last',
      metadata: { id: 'z', lang: 'de', meta: { url: 'https://example.org/p' } },
      line: 1001,
    });
  });

  it('takes strings and integers for ids and nothing else', async () => {
    const ids = ['"a"', '7', '12345678901234567890', '1.5', 'null', '""', '{}', 'true'];
    const lines = [...ids.map((id) => `{"text":"","id":${id}}`), '{"text":""}'];
    const records = await read(await place('a.jsonl', lines.join('\n')), { id: 'id' });
    expect(records.map(({ id }) => id)).toEqual(['a', '7', '12345678901234567890', ...Array(6).fill(undefined)]);
    expect(records.some((record) => 'id' in record && record.id === undefined)).toBe(false);
  });

  it('counts blank lines, tolerates CRLF and a byte order mark, and cuts at no other separator', async () => {
    const path = await place('a.jsonl', `\ufeff${rows('one')}\r\n \t\n{"text":"t\u2028w\u0085o"}\r\n{"text":"three"}`);
    const records = await read(path);
    expect(textsOf(records)).toEqual(['one', 't\u2028w\u0085o', 'three']);
    expect(records.map(({ line }) => line)).toEqual([1, 4, 5]);
    expect(textsOf(await read(path, {}, 2))).toEqual(['three']);
  });

  it('quarantines what it cannot read, with its place, and keeps the neighbours', async () => {
    const lines: readonly (readonly [string | Uint8Array, string, RegExp])[] = [
      ['{"id":"x","text":', 'bad-json', /JSON/],
      [Buffer.from([0x7b, 0xff, 0x7d]), 'bad-utf8', /no UTF-8 at byte 47 /],
      ['[1]', 'not-an-object', /holds an array/],
      ['{"id":"x","title":"a"}', 'missing-text', /field "text" is missing; the record has "id", "title"/],
      ['{"text":null}', 'missing-text', /holds null, not a string/],
      ['{"text":12345678901234567890}', 'missing-text', /holds a number/],
      ['{"text":"t","n":1e400}', 'number-out-of-range', /1e400/],
      [`{"text":"t","n":${'['.repeat(600)}${']'.repeat(600)}}`, 'too-deep', /levels deep/],
    ];
    const content = lines.flatMap(([line], index) => [rows(`t${index}`), line, '\n']);
    const path = await place('a.jsonl', Buffer.concat(content.map((part) => Buffer.from(part))));
    const records = await read(path, { id: 'id' });
    let byte = 0;
    for (const [index, [line, code, reason]] of lines.entries()) {
      byte += rows(`t${index}`).length;
      expect(records[2 * index]).toMatchObject({ outcome: 'record', text: `t${index}` });
      expect(records[2 * index + 1]).toMatchObject({ outcome: 'bad', code, file: path, line: 2 * index + 2, byte });
      expect(records[2 * index + 1]).toHaveProperty('reason', expect.stringMatching(reason));
      byte += line.length + 1;
    }
    expect(records[7]).toHaveProperty('id', 'x');
  });

  it('quarantines half a surrogate pair anywhere, and passes whole ones', async () => {
    const lines = [
      '{"id":"s1","text":"left \\ud83d right"}',
      '{"id":"s2","text":"left \\ud83d\\ude00 right"}',
      '{"id":"s3","text":"fine","title":"\\udce9"}',
      '{"id":"s4","text":"fine","meta":[{"\\ud83d":1}]}',
      '{"id":"\\ud83d","text":"fine"}',
    ];
    const records = await read(await place('sur.jsonl', lines.join('\n')), { id: 'id' });
    expect(records.map((record) => (record.outcome === 'bad' ? [record.line, record.code] : record.id))).toEqual([
      [1, 'lone-surrogate'],
      's2',
      [3, 'lone-surrogate'],
      [4, 'lone-surrogate'],
      [5, 'lone-surrogate'],
    ]);
    expect([...(records[1]?.outcome === 'record' ? records[1].text : '')]).toHaveLength(12);
    expect(records[2]).toMatchObject({ id: 's3', reason: expect.stringContaining('"title"') });
    expect(records[4]).not.toHaveProperty('id');
  });

  it('quarantines a line above the limit without holding it', async () => {
    const big = `{"id":"big","text":"${'lorem ipsum '.repeat(6_000_000)}"}\n`;
    const path = await place('a.jsonl', `{"id":"a","text":"one"}\n${big}{"id":"c","text":"three"}\n`);
    const before = process.memoryUsage().arrayBuffers;
    const records = await read(path, { id: 'id' });
    expect(textsOf(records)).toEqual(['one', 'too-large', 'three']);
    expect(records[1]).toMatchObject({
      line: 2,
      byte: 24,
      reason: expect.stringContaining('maxRecordBytes is 16777216'),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300e6);
    expect(textsOf(await read(path, { maxRecordBytes: 100_000_000 }))).toEqual(['one', expect.any(String), 'three']);
  });
});
