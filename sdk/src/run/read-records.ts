import type { PartCommit } from './part-commit.ts';
import type { OutputRecord } from './rows.ts';
import type { RunReader } from './run-folder.ts';

/** Every record of every committed part of a stage, in part and source order, a frame at a time in memory. */
export async function* readRecords(run: RunReader, stage: string): AsyncGenerator<OutputRecord> {
  throw new Error(`to be written: ${run.name} ${stage}`);
}

/** The records of one committed part, in source order. A file that is not what was committed is a DamagedPartError. */
export async function* readPartRecords(run: RunReader, commit: PartCommit): AsyncGenerator<OutputRecord> {
  throw new Error(`to be written: ${run.name} ${commit.part}`);
}
