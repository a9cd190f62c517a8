import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fakeHost, fakeWorker, testDataset } from '@repro/sdk/testing';
import { afterAll, expect, it } from 'vitest';
import { warcDataset } from './warc.ts';

const folder = await mkdtemp(join(tmpdir(), 'warc-'));
afterAll(() => rm(folder, { recursive: true }));

function warcRecord(type: string, id: string, body: string): string {
  const header = `WARC/1.0\r\nWARC-Type: ${type}\r\nWARC-Record-ID: <${id}>\r\nWARC-Date: 2020-01-01\r\n`;
  const length = Buffer.byteLength(body);
  return `${header}WARC-Target-URI: https://example.org/${id}\r\nContent-Length: ${length}\r\n\r\n${body}\r\n\r\n`;
}

const http = 'HTTP/1.1 200 OK\r\n\r\n';
const records = [
  warcRecord('warcinfo', 'info', 'software: none'),
  warcRecord('response', 'one', `${http}<p>Müller ground rye.`),
  warcRecord('request', 'ask', 'GET / HTTP/1.1\r\n\r\n'),
  warcRecord('response', 'two', `${http}<script>`),
  warcRecord('response', 'three', `${http}<p>${'oats '.repeat(40_000)}`),
];
await writeFile(join(folder, 'a.warc'), records.join(''));
// One gzip member for each record, as crawlers write them.
await writeFile(join(folder, 'b.warc.gz'), Buffer.concat(records.map((record) => gzipSync(record))));

const worker = fakeWorker({
  extract: ({ response }: { response: Uint8Array }) => ({
    text: /<p>(.*)$/s.exec(new TextDecoder().decode(response))?.[1] ?? null,
  }),
});

testDataset(warcDataset, { config: { folder }, worker });

const models = await fakeHost().models();
const context = { ...fakeHost({ worker }), models, config: { folder }, abortSignal: AbortSignal.timeout(5_000) };
const read = (name: string) =>
  Array.fromAsync(warcDataset.doReadShard({ name, version: '1' }, { fromRecord: 0 }, context));

it('reads pages with their address, and the same from a compressed file', async () => {
  const plain = await read('a.warc');
  expect(plain).toMatchObject([
    {
      outcome: 'record',
      id: '<one>',
      text: 'Müller ground rye.',
      line: 1,
      metadata: { url: 'https://example.org/one' },
    },
    {
      outcome: 'bad',
      id: '<two>',
      code: 'missing-text',
      line: 2,
      byte: Buffer.byteLength(records.slice(0, 3).join('')),
    },
    { outcome: 'record', id: '<three>', line: 3 },
  ]);
  const withoutFile = (record: object) => ({ ...record, file: '' });
  expect((await read('b.warc.gz')).map(withoutFile)).toEqual(plain.map(withoutFile));
});

it('refuses a file that ends inside a record, and names the byte', async () => {
  const whole = Buffer.from(records.slice(0, 2).join(''));
  await writeFile(join(folder, 'cut.warc'), whole.subarray(0, -10));
  const start = Buffer.byteLength(records[0] ?? '');
  await expect(read('cut.warc')).rejects.toThrow(`cut.warc ends inside the record at byte ${start}`);
  await writeFile(join(folder, 'cut.warc.gz'), gzipSync(whole).subarray(0, -10));
  await expect(read('cut.warc.gz')).rejects.toThrow(/unexpected end of file/);
});
