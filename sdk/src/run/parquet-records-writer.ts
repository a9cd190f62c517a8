import { zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { parseJson } from '../contract/json-text.ts';
import { recordColumns } from './record-columns.ts';
import type { RecordsWriter } from './records-writer.ts';
import type { OutputRecord } from './rows.ts';
import type { StagedFile } from './store.ts';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Text of one row group, which writers and readers hold in memory; only a longer record makes a larger one. */
const rowGroupCharacters = 4 * 1024 * 1024;

const stored = {
  VARCHAR: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  BIGINT: { type: 'INT64' },
  DOUBLE: { type: 'DOUBLE' },
} as const satisfies Record<string, Partial<SchemaElement>>;

const schema: SchemaElement[] = [
  { name: 'schema', num_children: recordColumns.length },
  ...recordColumns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...stored[type] })),
];

/** Writes lines as rows of a parquet file. It has no frames, and nothing is longer than a row group. */
export function openParquetRecordsWriter(file: StagedFile): RecordsWriter {
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: bytes,
    schema,
    codec: 'ZSTD',
    compressors: { ZSTD: (page) => zstdCompressSync(page) },
    statistics: false,
    createdBy: 'repro',
  });
  let pending: OutputRecord[] = [];
  let pendingCharacters = 0;

  /** Hands over what has been written; offsets in the file go on. */
  async function flush(): Promise<void> {
    await file.write(Buffer.from(bytes.getBytes()));
    bytes.index = 0;
  }

  async function writeRowGroup(): Promise<void> {
    const columnData = recordColumns.map(({ name, isDistinct, value }) => ({
      name,
      data: pending.map(value),
      ...(isDistinct && { encoding: 'PLAIN' as const }),
    }));
    await parquet.write({ columnData, rowGroupSize: pending.length });
    await flush();
    pending = [];
    pendingCharacters = 0;
  }

  return {
    async add(line) {
      pending.push(parseJson(line) as OutputRecord);
      pendingCharacters += line.length;
      if (pendingCharacters >= rowGroupCharacters) {
        await writeRowGroup();
      }
    },

    async finish() {
      if (pending.length > 0) {
        await writeRowGroup();
      }
      await parquet.finish();
      await flush();
      return { frames: [], longestLineBytes: 0 };
    },
  };
}
