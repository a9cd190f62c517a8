import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { defineDataset } from '@repro/sdk/contract';
import { z } from 'zod';

const Config = z.strictObject({
  /** Holds `*.warc` and `*.warc.gz`; each file is a shard. */
  folder: z.string().meta({ format: 'path' }),
});

const Extracted = z.strictObject({ text: z.string().nullable() });

/** Pages of web archives; the Python side turns an HTTP response into text. */
export const warcDataset = defineDataset({
  specificationVersion: 'v1',
  kind: 'dataset',
  name: 'warc',
  configSchema: Config,
  handler: { file: new URL('./warc.py', import.meta.url), requires: ['trafilatura>=2'] },

  async doListShards({ config: { folder } }) {
    const names = (await readdir(folder)).filter((name) => /\.warc(\.gz)?$/.test(name)).sort();
    return Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(folder, name));
        return { name, version: `${size}-${mtimeMs}` };
      }),
    );
  },

  async *doReadShard({ name }, { fromRecord }, { config, worker, abortSignal }) {
    const path = join(config.folder, name);
    let line = 0;
    for await (const { header, body, byte } of readWarc(path, abortSignal)) {
      line += header('WARC-Type') === 'response' ? 1 : 0;
      if (header('WARC-Type') !== 'response' || line <= fromRecord) {
        continue;
      }
      const id = header('WARC-Record-ID');
      const metadata = { url: header('WARC-Target-URI'), date: header('WARC-Date') };
      const { text } = await worker.call('extract', { response: body }, { output: Extracted, abortSignal });
      yield text
        ? { outcome: 'record', id, text, metadata, line }
        : { outcome: 'bad', id, code: 'missing-text', reason: 'no text found in the page', file: path, line, byte };
    }
  },
});

/** One record after the other, never the whole file; a file that ends inside a record throws. */
async function* readWarc(path: string, signal: AbortSignal) {
  await using file = await open(path);
  const { buffer: magic } = await file.read(Buffer.alloc(2), 0, 2, 0);
  const source = file.createReadStream({ start: 0, signal });
  const bytes = magic.equals(Buffer.of(0x1f, 0x8b)) ? pipeline(source, createGunzip(), () => {}) : source;
  let [unread, byte] = [Buffer.alloc(0), 0];
  for await (const chunk of bytes) {
    unread = Buffer.concat([unread, chunk]);
    for (let end = unread.indexOf('\r\n\r\n'); end !== -1; end = unread.indexOf('\r\n\r\n')) {
      const head = unread.toString('latin1', 0, end);
      const header = (name: string) => new RegExp(`^${name}: *(.*?)\\s*$`, 'im').exec(head)?.[1] ?? '';
      const from = end + 4;
      const next = from + Number(header('Content-Length')) + 4;
      if (next > unread.length) {
        break;
      }
      yield { header, body: unread.subarray(from, next - 4), byte };
      [unread, byte] = [unread.subarray(next), byte + next];
    }
  }
  if (unread.length > 0) {
    throw new Error(`${path} ends inside the record at byte ${byte}`);
  }
}
