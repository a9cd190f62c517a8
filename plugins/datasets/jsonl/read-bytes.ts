import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { detectCompression, magicBytes } from './detect-compression.ts';
import { findZstdFrames, type ReadAt } from './find-zstd-frames.ts';

/**
 * The decompressed bytes of a plain, gzip or zstd file, in bounded memory. Several gzip members or zstd frames are one
 * text. Throws `UnreadableShardError` where the file is cut off or damaged, after the bytes before that place.
 */
export async function* readBytes(file: string, abortSignal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using handle = await openFile(file);
  const source: Source = { file, handle, abortSignal };
  const { size } = await handle.stat();
  const readAt = bufferReads(handle);
  const compression = detectCompression(await readAt(0, Math.min(magicBytes, size)));
  if (compression === 'none') {
    yield* untilAborted(readRange(source, 0), abortSignal);
  } else if (compression === 'gzip') {
    const end = yield* decompress(source, createGunzip(), 'the gzip data', 0);
    await expectPadding(source, end);
  } else if (compression === 'zstd') {
    for await (const { start, end } of findZstdFrames(file, size, readAt)) {
      yield* decompress(source, createZstdDecompress(), `the zstd frame at byte ${start}`, start, end);
    }
  } else {
    const problem = `the file is ${compression.unread}; JSON lines are read plain, as gzip and as zstd`;
    throw new UnreadableShardError({ file, byte: 0, problem });
  }
}

interface Source {
  readonly file: string;
  readonly handle: FileHandle;
  readonly abortSignal: AbortSignal;
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (cause) {
    throw new UnreadableShardError({ file, byte: 0, problem: `the file cannot be opened: ${messageOf(cause)}`, cause });
  }
}

function readRange({ handle }: Source, start: number, end = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
  return handle.createReadStream({ start, end: end - 1, autoClose: false });
}

async function* untilAborted(chunks: AsyncIterable<Uint8Array>, abortSignal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    abortSignal.throwIfAborted();
    yield chunk;
  }
}

/** Returns where the decompressor stopped reading. */
async function* decompress(
  source: Source,
  decompressor: Gunzip | ZstdDecompress,
  what: string,
  start: number,
  end?: number,
): AsyncGenerator<Uint8Array, number> {
  pipeline(readRange(source, start, end), decompressor, () => {}); // an error of either ends the loop below
  try {
    yield* untilAborted(decompressor, source.abortSignal);
  } catch (cause) {
    source.abortSignal.throwIfAborted();
    const byte = start + decompressor.bytesWritten;
    throw new UnreadableShardError({
      file: source.file,
      byte,
      problem: `${what} is damaged: ${messageOf(cause)}`,
      cause,
    });
  }
  return start + decompressor.bytesWritten;
}

/** Tapes and block devices fill up with zeros; anything else after the last gzip member would be lost without a word. */
async function expectPadding(source: Source, from: number): Promise<void> {
  let position = from;
  for await (const chunk of readRange(source, from)) {
    const strange = chunk.findIndex((byte) => byte !== 0);
    if (strange !== -1) {
      const problem = 'there are bytes after the end of the gzip data';
      throw new UnreadableShardError({ file: source.file, byte: position + strange, problem });
    }
    position += chunk.length;
  }
}

/** Headers of zstd blocks stand tens of kilobytes apart, those of a small frame close together: reads a page at a time. */
function bufferReads(handle: FileHandle): ReadAt {
  const pageBytes = 4096;
  let start = 0;
  let page = new Uint8Array(0);
  return async (position, length) => {
    if (position < start || position + length > start + page.length) {
      const bytes = new Uint8Array(Math.max(length, pageBytes));
      let filled = 0;
      for (let read = -1; read !== 0 && filled < bytes.length; filled += read) {
        read = (await handle.read(bytes, filled, bytes.length - filled, position + filled)).bytesRead;
      }
      [start, page] = [position, bytes.subarray(0, filled)];
    }
    return page.subarray(position - start, position - start + length);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
