import { UnreadableShardError } from '../unreadable-shard-error.ts';
import type { ParquetFile } from './open-parquet-file.ts';
import { readPages } from './read-pages.ts';

/** Reads every page of a file and counts its rows, so that a damaged one is found before its first row is given away. */
export async function verifyPages(file: ParquetFile, abortSignal: AbortSignal): Promise<void> {
  abortSignal.throwIfAborted();
  for (const [index, { rows, chunks }] of file.rowGroups.entries()) {
    for (const chunk of chunks) {
      let found = 0;
      for await (const { entries, repetitionLevels } of readPages(file, chunk, abortSignal)) {
        found += repetitionLevels?.reduce((sum, level) => sum + (level === 0 ? 1 : 0), 0) ?? entries;
      }
      if (found !== rows) {
        const problem = `column "${chunk.column.path}" has ${found} rows in row group ${index + 1}, the footer promises ${rows}`;
        throw new UnreadableShardError({ file: file.path, byte: chunk.start, problem });
      }
    }
  }
}
