import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Shard } from '../contract/dataset.ts';

/** Bytes of a file, as they lie on the disk, from which the rest is estimated. */
const measuredBytes = 1 << 20;

/** Records in a shard of lines, estimated from how many its first megabyte holds; undefined for any other shard. */
export async function countRecords({ file }: Shard): Promise<number | undefined> {
  if (file?.format !== 'jsonl') {
    return undefined;
  }
  const { bytes, magic } = await examine(file.path);
  const decoder = magic === '28b52ffd' ? createZstdDecompress() : magic.startsWith('1f8b') ? createGunzip() : undefined;
  const source = createReadStream(file.path, { end: measuredBytes - 1 });
  const text = source.pipe(decoder ?? new PassThrough());
  source.once('error', (error) => text.destroy(error));
  let lines = 0;
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      lines += chunk.toString('latin1').split('\n').length - 1;
    }
  } catch (error) {
    // The first megabyte ends inside a frame; a file that is damaged says so when it is read.
    if (bytes <= measuredBytes) {
      throw error;
    }
  }
  const read = Math.max(1, decoder?.bytesWritten ?? source.bytesRead);
  return (lines * bytes) / Math.min(read, bytes);
}

async function examine(path: string): Promise<{ readonly bytes: number; readonly magic: string }> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return { bytes: (await file.stat()).size, magic: buffer.subarray(0, bytesRead).toString('hex') };
}
