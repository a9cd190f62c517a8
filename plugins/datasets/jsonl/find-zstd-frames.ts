import { UnreadableShardError } from '../unreadable-shard-error.ts';

/** Bytes `[start, end)` of a file that are one frame with data. */
export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
}

/** `length` bytes from `position`, all of them within the file. */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

/**
 * The frames of a zstd file, found by their headers and without decompressing (RFC 8878). Skippable frames are passed over.
 * Throws at the byte where the file is cut off or is no frame: decompressors take what they have and say nothing.
 */
export async function* findZstdFrames(file: string, fileBytes: number, readAt: ReadAt): AsyncGenerator<ZstdFrame> {
  const fail = (byte: number, problem: string) => new UnreadableShardError({ file, byte, problem });

  function skip(from: number, length: number, what: string): number {
    if (from + length > fileBytes) {
      throw fail(fileBytes, `the file is cut off in ${what}`);
    }
    return from + length;
  }

  async function read(from: number, length: number, what: string): Promise<DataView> {
    skip(from, length, what);
    const bytes = await readAt(from, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  for (let at = 0; at < fileBytes; ) {
    const start = at;
    const inFrame = (what: string) => `${what} of the zstd frame at byte ${start}`;
    const magic = (await read(at, 4, inFrame('the magic number'))).getUint32(0, true);
    if (magic >>> 4 === 0x184d2a5) {
      const size = (await read(at + 4, 4, inFrame('the size'))).getUint32(0, true);
      at = skip(at + 8, size, inFrame('the user data'));
      continue;
    }
    if (magic !== 0xfd2fb528) {
      throw fail(at, 'a zstd frame should begin here and does not');
    }
    const descriptor = (await read(at + 4, 1, inFrame('the header'))).getUint8(0);
    at = skip(at + 5, headerSize(descriptor), inFrame('the header'));
    for (let last = false; !last; ) {
      const header = await read(at, 3, inFrame('a block header'));
      const block = header.getUint16(0, true) | (header.getUint8(2) << 16);
      const kind = (block >> 1) & 3; // raw, one byte repeated, compressed, reserved
      if (kind === 3) {
        throw fail(at, inFrame('a damaged block header'));
      }
      last = (block & 1) === 1;
      at = skip(at + 3, kind === 1 ? 1 : block >> 3, inFrame('a block'));
    }
    at = skip(at, descriptor & 4 ? 4 : 0, inFrame('the checksum'));
    yield { start, end: at };
  }
}

/** Bytes after the descriptor: window, dictionary id, content size. */
function headerSize(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (singleSegment ? 0 : 1) + dictionaryId + contentSize;
}
