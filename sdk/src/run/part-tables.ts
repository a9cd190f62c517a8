import { type DuckDBAppender, DuckDBInstance } from '@duckdb/node-api';
import { stringifyJson } from '../contract/json-text.ts';
import { nameFullDisk } from '../errors/disk-full.ts';
import type { DocumentRow, FilterRow, LedgerRow, ScoreRow } from './rows.ts';

interface Column<Row> {
  readonly name: string;
  readonly type: 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE';
  readonly value: (row: Row) => string | number | undefined;
}

interface TableRows {
  readonly ledger: LedgerRow;
  readonly documents: DocumentRow;
  readonly scores: ScoreRow;
  readonly filter: FilterRow;
}
export type TableName = keyof TableRows;

/** Columns of the parquet files, with fixed types: a column that was null a thousand times may still hold a text. */
export const tableColumns: { readonly [Name in TableName]: readonly Column<TableRows[Name]>[] } = {
  ledger: [
    { name: 'document_id', type: 'VARCHAR', value: (row) => row.documentId },
    { name: 'passage', type: 'VARCHAR', value: (row) => row.passage },
    { name: 'shard', type: 'VARCHAR', value: (row) => row.shard },
    { name: 'line', type: 'BIGINT', value: (row) => row.line },
    { name: 'outcome', type: 'VARCHAR', value: (row) => row.outcome },
    { name: 'reason', type: 'VARCHAR', value: (row) => row.reason },
    { name: 'operation', type: 'VARCHAR', value: (row) => row.operation },
    { name: 'attempts', type: 'INTEGER', value: (row) => row.attempts },
    { name: 'prompt_tokens', type: 'BIGINT', value: (row) => row.promptTokens },
    { name: 'completion_tokens', type: 'BIGINT', value: (row) => row.completionTokens },
    { name: 'model', type: 'VARCHAR', value: (row) => row.model },
    { name: 'method', type: 'VARCHAR', value: (row) => row.method },
  ],
  documents: [
    { name: 'document_id', type: 'VARCHAR', value: (row) => row.documentId },
    { name: 'shard', type: 'VARCHAR', value: (row) => row.shard },
    { name: 'line', type: 'BIGINT', value: (row) => row.line },
    { name: 'outcome', type: 'VARCHAR', value: (row) => row.outcome },
    { name: 'reason', type: 'VARCHAR', value: (row) => row.reason },
    { name: 'passages', type: 'BIGINT', value: (row) => row.passages },
    { name: 'characters_before', type: 'BIGINT', value: (row) => row.charactersBefore },
    { name: 'characters_after', type: 'BIGINT', value: (row) => row.charactersAfter },
    { name: 'rephrased_share', type: 'DOUBLE', value: (row) => row.rephrasedShare },
  ],
  scores: [
    { name: 'record_id', type: 'VARCHAR', value: (row) => row.recordId },
    { name: 'document_id', type: 'VARCHAR', value: (row) => row.documentId },
    { name: 'line', type: 'BIGINT', value: (row) => row.line },
    { name: 'reward', type: 'VARCHAR', value: (row) => row.reward },
    { name: 'outcome', type: 'VARCHAR', value: (row) => row.outcome },
    { name: 'value', type: 'DOUBLE', value: (row) => (row.outcome === 'scored' ? row.value : undefined) },
    { name: 'reason', type: 'VARCHAR', value: (row) => (row.outcome === 'unscored' ? row.reason : undefined) },
    {
      name: 'details',
      type: 'VARCHAR',
      value: (row) => (row.outcome === 'scored' && row.details !== undefined ? stringifyJson(row.details) : undefined),
    },
  ],
  filter: [
    { name: 'record_id', type: 'VARCHAR', value: (row) => row.recordId },
    { name: 'document_id', type: 'VARCHAR', value: (row) => row.documentId },
    { name: 'line', type: 'BIGINT', value: (row) => row.line },
    { name: 'outcome', type: 'VARCHAR', value: (row) => row.outcome },
    { name: 'value', type: 'DOUBLE', value: (row) => (row.outcome === 'unscored' ? undefined : row.value) },
    { name: 'reason', type: 'VARCHAR', value: (row) => row.reason },
  ],
};

/** Tables on disk that take rows one by one and become parquet files. */
export interface PartTables extends Disposable {
  append<Name extends TableName>(table: Name, row: TableRows[Name]): void;
  /** Values of `key` (columns) that stand on more than one row; at most ten. */
  findDuplicates(table: TableName, key: readonly string[]): Promise<readonly string[]>;
  /** Writes a table in the order of its rows. */
  writeParquet(table: TableName, localPath: string): Promise<void>;
}

/** `localPath` is a database file that does not exist yet; memory stays bounded whatever the part holds. */
export async function openPartTables(localPath: string, tables: readonly TableName[]): Promise<PartTables> {
  const appenders = new Map<TableName, DuckDBAppender>();
  const { instance, connection } = await onDisk(localPath, async () => {
    const instance = await DuckDBInstance.create(localPath, { threads: '1', memory_limit: '256MB' });
    const connection = await instance.connect();
    for (const table of tables) {
      const columns = tableColumns[table].map(({ name, type }) => `${name} ${type}`);
      // A temporary one: what nobody opens again needs no log of changes and no checkpoint.
      await connection.run(`CREATE TEMPORARY TABLE ${table} (${columns.join(', ')})`);
      appenders.set(table, await connection.createAppender(table, 'main', 'temp'));
    }
    return { instance, connection };
  });

  return {
    append(table, row) {
      const appender = appenders.get(table);
      if (appender === undefined) {
        throw new Error(`this stage makes no ${table}`);
      }
      const columns: readonly Column<typeof row>[] = tableColumns[table];
      try {
        for (const { type, value } of columns) {
          appendValue(appender, type, value(row));
        }
        appender.endRow();
      } catch (cause) {
        throw nameFullDisk(localPath, cause);
      }
    },

    findDuplicates: (table, key) =>
      onDisk(localPath, async () => {
        appenders.get(table)?.flushSync();
        const text = key.join(` || ' ' || `);
        const found = await connection.runAndReadAll(
          `SELECT ${text} FROM ${table} GROUP BY ${key.join(', ')} HAVING count(*) > 1 LIMIT 10`,
        );
        return found.getRowsJson().map(([value]) => String(value));
      }),

    writeParquet: (table, target) =>
      onDisk(target, async () => {
        appenders.get(table)?.flushSync();
        await connection.run(`COPY ${table} TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`);
      }),

    [Symbol.dispose]() {
      for (const appender of appenders.values()) {
        appender.closeSync();
      }
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** DuckDB writes where it likes: in a file of its own, its temporary folder, the target. */
async function onDisk<Result>(path: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (cause) {
    throw nameFullDisk(path, cause);
  }
}

/** A text as SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function appendValue(appender: DuckDBAppender, type: Column<never>['type'], value: string | number | undefined): void {
  if (value === undefined) {
    appender.appendNull();
  } else if (typeof value === 'string') {
    appender.appendVarchar(value);
  } else if (type === 'BIGINT') {
    appender.appendBigInt(BigInt(value));
  } else if (type === 'INTEGER') {
    appender.appendInteger(value);
  } else {
    appender.appendDouble(value);
  }
}
