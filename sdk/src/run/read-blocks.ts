import type { AppendFile } from './store.ts';

const blockBytes = 256 * 1024;
/** A few places at a time: what is read follows the order of a source, and lies in the order in which it was finished. */
const mostBlocks = 16;

/** Reads ranges of a growing file through blocks of it that stay in memory, those used last. */
export function readBlocks(file: AppendFile): (offset: number, bytes: number) => Promise<Buffer> {
  const blocks = new Map<number, Buffer>();

  /** At least the first `bytes` of a block; the last one of a file grows. */
  async function block(number: number, bytes: number): Promise<Buffer> {
    const known = blocks.get(number);
    blocks.delete(number);
    const start = number * blockBytes;
    const found =
      known !== undefined && known.length >= bytes
        ? known
        : await file.readRange(start, Math.max(bytes, Math.min(blockBytes, file.bytes - start)));
    blocks.set(number, found);
    for (const oldest of blocks.keys()) {
      if (blocks.size <= mostBlocks) {
        break;
      }
      blocks.delete(oldest);
    }
    return found;
  }

  return async (offset, bytes) => {
    const number = Math.floor(offset / blockBytes);
    const from = offset - number * blockBytes;
    if (from + bytes > blockBytes) {
      return await file.readRange(offset, bytes);
    }
    return (await block(number, from + bytes)).subarray(from, from + bytes);
  };
}
