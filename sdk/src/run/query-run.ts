import type { JsonValue } from '../contract/json-value.ts';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** One array per row, in the order of the columns. */
  readonly rows: readonly (readonly JsonValue[])[];
}

/** Runs SQL over the committed parts of a run: views ledger, documents, records, scores, quarantine. */
export async function queryRun(folder: string, sql: string): Promise<QueryResult> {
  throw new Error(`to be written: ${folder} ${sql}`);
}
