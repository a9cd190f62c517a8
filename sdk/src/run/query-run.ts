import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { JsonValue } from '../contract/json-value.ts';
import { QueryError } from '../errors/query.ts';
import { listCommits } from './list-stages.ts';
import { openRunDatabase, type RunDatabase } from './open-run-database.ts';
import { openRunForReading } from './run-folder.ts';
import { jsonOfSqlValue } from './sql-value.ts';
import { showTrainings } from './training-views.ts';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** One array per row, in the order of the columns. */
  readonly rows: readonly (readonly JsonValue[])[];
}

/**
 * Runs one SELECT over a run: views ledger, documents, records, scores, filter and quarantine of its committed parts, rollouts
 * and held_out of its trainings.
 */
export async function queryRun(folder: string, sql: string): Promise<QueryResult> {
  const run = await openRunForReading(folder);
  using database = await openRunDatabase(run);
  await database.show(await listCommits(run));
  await showTrainings(run, database.connection);
  try {
    return await select(database, sql);
  } catch (cause) {
    throw new QueryError({ sql, problem: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

async function select({ connection }: RunDatabase, sql: string): Promise<QueryResult> {
  await refuseAllButSelect(connection, sql);
  const result = await connection.runAndReadAll(sql);
  const types = result.columnTypes();
  return {
    columns: result.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
    rows: result.getRows().map((row) => row.map(jsonOfSqlValue)),
  };
}

const Serialized = z.union([
  z.object({ error: z.literal(false), statements: z.array(z.unknown()) }),
  z.object({ error: z.literal(true), error_type: z.string(), error_message: z.string() }),
]);

/**
 * The sandbox opens the run folder for writing too, and DuckDB makes the folder of an EXPORT while it only prepares it.
 * Turning SQL into JSON merely parses it, and is possible for SELECT alone.
 */
async function refuseAllButSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const answer = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const parsed = Serialized.parse(JSON.parse(String(answer.getRows()[0]?.[0])));
  if (!parsed.error && parsed.statements.length !== 1) {
    throw new Error(`Expected one SELECT, found ${parsed.statements.length}.`);
  }
  // What does not parse is left to the query itself, which points at the place.
  if (parsed.error && parsed.error_type !== 'parser') {
    throw new Error('Only SELECT is allowed here (also WITH, FROM, DESCRIBE and SUMMARIZE).');
  }
}
