import { stringifyJson } from '../contract/json-text.ts';
import type { OutputRecord } from './rows.ts';

interface RecordColumn {
  readonly name: string;
  /** In the files and in queries. */
  readonly type: 'VARCHAR' | 'BIGINT' | 'DOUBLE';
  /** Whether it hardly ever holds a value twice. */
  readonly isDistinct?: boolean;
  readonly value: (record: OutputRecord) => string | bigint | number | undefined;
}

/** Columns of records that are kept as parquet, in their order. */
export const recordColumns: readonly RecordColumn[] = [
  { name: 'id', type: 'VARCHAR', isDistinct: true, value: ({ id }) => id },
  { name: 'text', type: 'VARCHAR', isDistinct: true, value: ({ text }) => text },
  { name: 'metadata', type: 'VARCHAR', isDistinct: true, value: ({ metadata }) => stringifyJson(metadata) },
  { name: 'document_id', type: 'VARCHAR', isDistinct: true, value: ({ documentId, id }) => documentId ?? id },
  { name: 'shard', type: 'VARCHAR', value: ({ source }) => source.shard },
  { name: 'line', type: 'BIGINT', value: ({ source }) => BigInt(source.line) },
  { name: 'rephrased_share', type: 'DOUBLE', value: ({ rephrasedShare }) => rephrasedShare },
  { name: 'method', type: 'VARCHAR', value: ({ method }) => method },
  { name: 'model', type: 'VARCHAR', value: ({ model }) => model },
  { name: 'operation', type: 'VARCHAR', value: ({ operation }) => operation },
];
