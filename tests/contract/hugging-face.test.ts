import { fakeHost, fakeWorker, testDataset } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { huggingFaceDataset } from './hugging-face.ts';

const config = { name: 'mill/pages', revision: 'a'.repeat(40), id: 'url' };
const rows = [
  { url: 'https://example.org/1', text: 'rye', tokens: 2n ** 60n },
  { url: 'https://example.org/2', text: null },
  { url: null, text: 'oats', odd: { __proto__: null, list: [null] } },
];

let rowsRead = 0;
const worker = fakeWorker({
  'list-shards': () => [{ name: '00000-of-00001', fingerprint: config.revision }],
  *'read-rows'({ fromRow }: { fromRow: number }) {
    for (const row of rows.slice(fromRow)) {
      rowsRead += 1;
      yield row;
    }
  },
});

testDataset(huggingFaceDataset, { config, worker });

const abortSignal = AbortSignal.timeout(5_000);
const context = {
  ...fakeHost({ worker }),
  models: await fakeHost().models(),
  config: { ...config, split: 'train', text: 'text' },
  abortSignal,
};
const shard = { name: '00000-of-00001', version: '1' };

it('keeps every field but the text, and says which row has none', async () => {
  expect(await Array.fromAsync(huggingFaceDataset.doReadShard(shard, { fromRecord: 0 }, context))).toEqual([
    {
      outcome: 'record',
      id: 'https://example.org/1',
      text: 'rye',
      line: 1,
      metadata: { url: rows[0]?.url, tokens: 2n ** 60n },
    },
    {
      outcome: 'bad',
      id: 'https://example.org/2',
      code: 'missing-text',
      reason: 'no text in "text"',
      file: '00000-of-00001',
      line: 2,
    },
    { outcome: 'record', text: 'oats', line: 3, metadata: { url: null, odd: { list: [null] } } },
  ]);
});

it('streams: a reader that stops early leaves the rest unread', async () => {
  rowsRead = 0;
  for await (const record of huggingFaceDataset.doReadShard(shard, { fromRecord: 0 }, context)) {
    expect(record.line).toBe(1);
    break;
  }
  expect(rowsRead).toBe(1);
});
