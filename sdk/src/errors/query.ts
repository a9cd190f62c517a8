import { ReproError } from '@repro/bridge';

/** DuckDB refused the SQL; the message is DuckDB's own. */
export class QueryError extends ReproError {
  readonly code = 'REPRO_QUERY';
  readonly sql: string;

  constructor({ sql, problem, cause }: { readonly sql: string; readonly problem: string; readonly cause: unknown }) {
    super(problem, {
      hint: 'Views: ledger, documents, records, scores, filter, quarantine, rollouts, held_out. `describe ledger` lists the columns of one.',
      cause,
    });
    this.sql = sql;
  }
}
