import type { JsonObject } from '@repro/sdk/contract';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { assembleRow } from './assemble-row.ts';
import { UnreadableValueError } from './convert-value.ts';
import { type ColumnCursor, openColumn } from './open-column.ts';
import type { ParquetFile } from './open-parquet-file.ts';

export type Row =
  /** `bytes` is what its texts and binaries have together. */
  { readonly record: JsonObject; readonly bytes: number } | { readonly unreadable: UnreadableValueError };

/** The rows of a file from the `fromRow`-th on; of every column one page is in memory. */
export async function* readRows(file: ParquetFile, fromRow: number, abortSignal: AbortSignal): AsyncGenerator<Row> {
  let skipped = 0;
  for (const { rows, chunks } of file.rowGroups) {
    if (skipped + rows <= fromRow) {
      skipped += rows;
      continue;
    }
    const columns = chunks.map((chunk) => openColumn(file, chunk, abortSignal));
    for (let row = 0; row < rows; row += 1) {
      for (const column of columns) {
        while (!column.hasRow()) {
          await column.load();
        }
      }
      if (skipped < fromRow) {
        skipped += 1;
        endRow(columns);
      } else {
        yield readRow(file, columns, chunks[0]?.start ?? 0);
      }
    }
  }
}

function readRow(file: ParquetFile, columns: readonly ColumnCursor[], byte: number): Row {
  try {
    const record = assembleRow(file.schema.fields, columns);
    const { bytes, isWhole } = endRow(columns);
    if (!isWhole) {
      throw new Error('a column has entries that belong to no list of the others');
    }
    return { record, bytes };
  } catch (cause) {
    if (cause instanceof UnreadableValueError) {
      endRow(columns);
      return { unreadable: cause };
    }
    const problem = `a row of the row group that begins here does not fit together: ${cause instanceof Error ? cause.message : cause}`;
    throw new UnreadableShardError({ file: file.path, byte, problem, cause });
  }
}

function endRow(columns: readonly ColumnCursor[]): { readonly bytes: number; readonly isWhole: boolean } {
  const ended = columns.map((column) => column.endRow());
  return {
    bytes: ended.reduce((sum, { bytes }) => sum + bytes, 0),
    isWhole: ended.every(({ isWhole }) => isWhole),
  };
}
