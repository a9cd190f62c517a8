import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { PartCommit } from './part-commit.ts';
import type { StagedFile } from './store.ts';

const compress = promisify(zstdCompress);

/** Text of one frame; a reader holds one frame in memory, so only a longer record makes a larger one. */
const frameTextBytes = 4 * 1024 * 1024;

export interface RecordsWriter {
  add(line: string): Promise<void>;
  /** Writes what is left. A part without records is one frame without lines. */
  finish(): Promise<Pick<PartCommit, 'frames' | 'longestLineBytes'>>;
}

/** Writes lines as zstd frames that can each be read alone: whole lines, with a checksum. */
export function openRecordsWriter(file: StagedFile): RecordsWriter {
  const frames: PartCommit['frames'] = [];
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let longestLineBytes = 0;
  let offset = 0;

  async function writeFrame(): Promise<void> {
    const frame = await compress(Buffer.concat(pending), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    await file.write(frame);
    frames.push({ offset, bytes: frame.length, lines: pending.length });
    offset += frame.length;
    pending = [];
    pendingBytes = 0;
  }

  return {
    async add(line) {
      const bytes = Buffer.from(`${line}\n`);
      pending.push(bytes);
      pendingBytes += bytes.length;
      longestLineBytes = Math.max(longestLineBytes, bytes.length);
      if (pendingBytes >= frameTextBytes) {
        await writeFrame();
      }
    },

    async finish() {
      if (pending.length > 0 || frames.length === 0) {
        await writeFrame();
      }
      return { frames, longestLineBytes };
    },
  };
}
