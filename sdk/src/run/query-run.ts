import { StatementType } from '@duckdb/node-api';
import type { JsonValue } from '../contract/json-value.ts';
import { QueryError } from '../errors/query.ts';
import { listCommits } from './list-stages.ts';
import { openRunDatabase, type RunDatabase } from './open-run-database.ts';
import { openRunForReading } from './run-folder.ts';
import { jsonOfSqlValue } from './sql-value.ts';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** One array per row, in the order of the columns. */
  readonly rows: readonly (readonly JsonValue[])[];
}

/** Runs one SELECT over the committed parts of a run: views ledger, documents, records, scores, quarantine. */
export async function queryRun(folder: string, sql: string): Promise<QueryResult> {
  const run = await openRunForReading(folder);
  using database = await openRunDatabase(run, await listCommits(run));
  try {
    return await select(database, sql);
  } catch (cause) {
    throw new QueryError({ sql, problem: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

async function select({ connection }: RunDatabase, sql: string): Promise<QueryResult> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw new Error(`Expected one statement, found ${statements.count}.`);
  }
  const prepared = await statements.prepare(0);
  // The folder is open for reading only, and COPY or ATTACH would write into it.
  if (prepared.statementType !== StatementType.SELECT) {
    throw new Error(`Only SELECT is allowed here, this is ${StatementType[prepared.statementType]}.`);
  }
  const result = await prepared.runAndReadAll();
  const types = result.columnTypes();
  return {
    columns: result.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
    rows: result.getRows().map((row) => row.map(jsonOfSqlValue)),
  };
}
