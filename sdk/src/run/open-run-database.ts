import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { committedFile, type PartCommit, type PartOutput } from './part-commit.ts';
import { quoteText, type TableName, tableColumns } from './part-tables.ts';
import { recordColumns } from './record-columns.ts';
import type { RunReader } from './run-folder.ts';

export interface RunDatabase extends Disposable {
  readonly connection: DuckDBConnection;
  /** Points the views ledger, documents, records, scores, filter and quarantine at these commits and nothing else. */
  show(commits: readonly PartCommit[]): Promise<void>;
}

/**
 * DuckDB in memory that reads the run folder, and no other file or address. After
 * `show`, a view has its columns even over no commit at all.
 */
export async function openRunDatabase(run: RunReader): Promise<RunDatabase> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', temp_directory: '' });
  const connection = await instance.connect();
  const database: RunDatabase = {
    connection,
    async show(commits) {
      for (const statement of viewsOf(run, commits)) {
        await connection.run(statement);
      }
    },
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
  for (const statement of sandboxOf(run)) {
    await connection.run(statement);
  }
  return database;
}

/** A name as SQL. */
function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function sandboxOf(run: RunReader): readonly string[] {
  return [
    `SET allowed_directories = [${quoteText(`${run.folder}/`)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
}

function viewsOf(run: RunReader, commits: readonly PartCommit[]): readonly string[] {
  const filesOf = (output: PartOutput, of: readonly PartCommit[] = commits) =>
    of.flatMap((commit) => committedFile(commit, output)?.name ?? []).map((name) => `${run.folder}/${name}`);
  // Records that `filter` kept stand among those of `recycle` too.
  const [filtered, others] = [commits.filter(isFiltered), commits.filter((commit) => !isFiltered(commit))];
  const rewards = [...new Set(commits.flatMap(({ counts }) => Object.keys(counts.scores)))].sort();
  const longestLineBytes = Math.max(0, ...commits.map((commit) => commit.longestLineBytes));
  return [
    tableView('ledger', 'ledger', filesOf('ledger')),
    tableView('scores', 'scores', filesOf('scores')),
    tableView('document_rows', 'documents', filesOf('documents')),
    documentsView(rewards),
    jsonView('quarantine', quarantineColumns, filesOf('quarantine'), {
      compression: 'uncompressed',
      longestLineBytes: 0,
    }),
    tableView('filter', 'filter', filesOf('filter')),
    ...recordsView('records', filesOf('records', others), filesOf('record_rows', others), longestLineBytes),
    ...recordsView('kept_records', filesOf('records', filtered), filesOf('record_rows', filtered), longestLineBytes),
  ];
}

// Explicit types: DuckDB would take texts for dates and UUIDs, and print them its own way.
const quarantineColumns = {
  id: 'VARCHAR',
  file: 'VARCHAR',
  line: 'BIGINT',
  byte: 'BIGINT',
  code: 'VARCHAR',
  reason: 'VARCHAR',
};
const lineFields = {
  id: 'VARCHAR',
  text: 'VARCHAR',
  metadata: 'JSON',
  documentId: 'VARCHAR',
  source: 'STRUCT(shard VARCHAR, line BIGINT)',
  rephrasedShare: 'DOUBLE',
  method: 'VARCHAR',
  model: 'VARCHAR',
  operation: 'VARCHAR',
};
function isFiltered(commit: PartCommit): boolean {
  return committedFile(commit, 'filter') !== undefined;
}

/** Records of both formats: a run whose recipe was changed under `--keep` has parts of each. */
function recordsView(
  view: string,
  files: readonly string[],
  tables: readonly string[],
  longestLineBytes: number,
): readonly string[] {
  const [lines, rows] = [`${view}_lines`, `${view}_rows`];
  return [
    jsonView(lines, lineFields, files, { compression: 'zstd', longestLineBytes }),
    parquetView(rows, recordColumns, tables),
    `CREATE OR REPLACE VIEW ${view} AS SELECT id, text, metadata, coalesce(documentId, id) AS document_id,
    source.shard AS shard, source.line AS line, rephrasedShare AS rephrased_share, method, model, operation
    FROM ${lines} UNION ALL SELECT * REPLACE (metadata::JSON AS metadata) FROM ${rows}`,
  ];
}

function tableView(view: string, table: TableName, files: readonly string[]): string {
  const columns = tableColumns[table].map(({ name, type }) => ({ name, type }));
  return parquetView(view, columns, files);
}

function parquetView(
  view: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  files: readonly string[],
): string {
  return files.length === 0
    ? emptyView(view, columns)
    : `CREATE OR REPLACE VIEW ${view} AS SELECT ${columns.map(({ name }) => name).join(', ')} FROM read_parquet(${listOf(files)})`;
}

/** A view over lines of JSON with these columns and no others; it has them even over no file at all. */
export function jsonView(
  view: string,
  columns: Readonly<Record<string, string>>,
  files: readonly string[],
  { compression, longestLineBytes }: { compression: 'uncompressed' | 'zstd'; longestLineBytes: number },
): string {
  const types = Object.entries(columns);
  if (files.length === 0) {
    return emptyView(
      view,
      types.map(([name, type]) => ({ name, type })),
    );
  }
  const struct = types.map(([name, type]) => `${quoteName(name)}: ${quoteText(type)}`).join(', ');
  // 16 MiB is DuckDB's own limit of a line.
  const lineBytes = Math.max(longestLineBytes + 1, 16 * 1024 * 1024);
  return `CREATE OR REPLACE VIEW ${view} AS SELECT * FROM read_json(${listOf(files)}, format = 'newline_delimited',
    compression = '${compression}', maximum_object_size = ${lineBytes}, columns = {${struct}})`;
}

/** One column per reward: its value, the mean over the records where a document became several. */
function documentsView(rewards: readonly string[]): string {
  if (rewards.length === 0) {
    return 'CREATE OR REPLACE VIEW documents AS SELECT * FROM document_rows';
  }
  const taken = new Set(tableColumns.documents.map(({ name }) => name));
  const columns = rewards.map((reward) => {
    const name = quoteName(taken.has(reward) ? `${reward}_score` : reward);
    return `avg(value) FILTER (WHERE reward = ${quoteText(reward)}) AS ${name}`;
  });
  return `CREATE OR REPLACE VIEW documents AS SELECT document_rows.*, by_document.* EXCLUDE (document_id)
    FROM document_rows LEFT JOIN (SELECT document_id, ${columns.join(', ')} FROM scores GROUP BY document_id) AS by_document
    USING (document_id)`;
}

function emptyView(view: string, columns: readonly { readonly name: string; readonly type: string }[]): string {
  const nulls = columns.map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`);
  return `CREATE OR REPLACE VIEW ${view} AS SELECT ${nulls.join(', ')} WHERE false`;
}

function listOf(files: readonly string[]): string {
  return `[${files.map(quoteText).join(', ')}]`;
}
