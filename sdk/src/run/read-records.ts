import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { parseJson } from '../contract/json-text.ts';
import { DamagedPartError } from '../errors/damaged-part.ts';
import { committedFile, committedRecords, type PartCommit } from './part-commit.ts';
import { listCommittedParts, readCommit } from './read-commit.ts';
import { readRecordRows } from './read-record-rows.ts';
import type { OutputRecord } from './rows.ts';
import type { RunReader } from './run-folder.ts';

const decompress = promisify(zstdDecompress);

/** Every record of every committed part of a stage, in part and source order, a frame at a time in memory. */
export async function* readRecords(run: RunReader, stage: string): AsyncGenerator<OutputRecord> {
  for (const part of listCommittedParts(run, stage)) {
    const found = await readCommit(run, stage, part);
    if (found.state === 'damaged') {
      throw new DamagedPartError(found);
    }
    if (found.state !== 'absent') {
      yield* readPartRecords(run, found.commit);
    }
  }
}

/** The records of one committed part, in source order. A file that is not what was committed is a DamagedPartError. */
export async function* readPartRecords(run: RunReader, commit: PartCommit): AsyncGenerator<OutputRecord> {
  for await (const line of readPartLines(run, commit)) {
    // Our own line under a checksum; its shape was checked when it was made.
    yield parseJson(line) as OutputRecord;
  }
}

/** The same, unparsed. */
export async function* readPartLines(run: RunReader, commit: PartCommit): AsyncGenerator<string> {
  const file = committedRecords(commit);
  if (file === undefined) {
    return;
  }
  const size = (await run.store.size(file.name)) ?? 0;
  if (size !== file.bytes) {
    const problem = `the file ends here, ${file.bytes} bytes were committed`;
    throw new DamagedPartError({ file: file.name, byte: Math.min(size, file.bytes), problem });
  }
  if (committedFile(commit, 'record_rows') !== undefined) {
    yield* readRecordRows(run, commit, file.name);
  }
  for (const { offset, bytes, lines } of commit.frames) {
    const text = await readFrame(run, { file: file.name, offset, bytes });
    const found = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    if (found.length !== lines) {
      const problem = `the frame holds ${found.length} lines, ${lines} were committed`;
      throw new DamagedPartError({ file: file.name, byte: offset, problem });
    }
    yield* found;
  }
}

async function readFrame(
  run: RunReader,
  { file, offset, bytes }: { file: string; offset: number; bytes: number },
): Promise<string> {
  try {
    return (await decompress(await run.store.readRange(file, offset, bytes))).toString();
  } catch (cause) {
    throw new DamagedPartError({ file, byte: offset, problem: 'the zstd frame that begins here is damaged', cause });
  }
}
