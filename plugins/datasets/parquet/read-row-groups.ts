import type { ColumnChunk, CompressionCodec, FileMetaData } from 'hyparquet';
import type { Column } from './read-schema.ts';

export interface RowGroup {
  readonly rows: number;
  /** One for each column of the schema. */
  readonly chunks: readonly Chunk[];
}

/** The pages of one column of a row group, one behind the other. */
export interface Chunk {
  readonly column: Column;
  readonly codec: CompressionCodec;
  readonly start: number;
  /** Of all its pages and their headers; too few in files of some old writers. */
  readonly bytes: number;
  /** Nulls and empty lists included. */
  readonly values: number;
}

/** Row groups of a footer, checked against its schema and the place that pages can have. Throws a plain Error. */
export function readRowGroups(
  metadata: FileMetaData,
  columns: readonly Column[],
  pages: { readonly from: number; readonly to: number },
): readonly RowGroup[] {
  const rowGroups = metadata.row_groups.map(({ columns: chunks, num_rows: rows }, index) => {
    const group = `row group ${index + 1}`;
    if (chunks.length !== columns.length) {
      throw new Error(`${group} has ${chunks.length} columns, the schema has ${columns.length}`);
    }
    return {
      rows: countOf(rows, `rows of ${group}`),
      chunks: columns.map((column, position) => {
        const chunk = readChunk(chunks[position], column, `${group}, column "${column.path}"`);
        if (chunk.start < pages.from || chunk.start >= pages.to) {
          throw new Error(`${group}, column "${column.path}" would begin at byte ${chunk.start}, where no page can be`);
        }
        return chunk;
      }),
    };
  });
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0);
  const promised = countOf(metadata.num_rows, 'rows');
  if (rows !== promised) {
    throw new Error(`it promises ${promised} rows, its row groups have ${rows}`);
  }
  return rowGroups;
}

function readChunk(chunk: ColumnChunk | undefined, column: Column, place: string): Chunk {
  const { meta_data: metadata, file_path: otherFile, crypto_metadata: encryption } = chunk ?? {};
  if (otherFile !== undefined) {
    throw new Error(`${place} lies in another file, ${JSON.stringify(otherFile)}`);
  }
  if (metadata === undefined || encryption !== undefined) {
    throw new Error(`${place} is ${encryption === undefined ? 'not described' : 'encrypted'}`);
  }
  const path = metadata.path_in_schema.join('.');
  if (path !== column.path || metadata.type !== column.type) {
    throw new Error(`${place} of ${column.type} is described as "${path}" of ${metadata.type}`);
  }
  const starts = [metadata.data_page_offset, metadata.dictionary_page_offset]
    // 0 stands for no dictionary in files of old writers.
    .filter((offset) => offset !== undefined && offset !== 0n)
    .map((offset) => countOf(offset ?? 0n, `bytes before ${place}`));
  return {
    column,
    codec: metadata.codec,
    start: Math.min(...starts),
    bytes: countOf(metadata.total_compressed_size, `bytes of ${place}`),
    values: countOf(metadata.num_values, `values of ${place}`),
  };
}

function countOf(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`the number of ${what} is ${value}`);
  }
  return number;
}
