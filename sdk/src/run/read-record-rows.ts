import type { DuckDBValue } from '@duckdb/node-api';
import { parseJson, stringifyJson } from '../contract/json-text.ts';
import type { JsonObject } from '../contract/json-value.ts';
import { DamagedPartError } from '../errors/damaged-part.ts';
import { openRunDatabase } from './open-run-database.ts';
import type { PartCommit } from './part-commit.ts';
import { quoteText } from './part-tables.ts';
import { recordColumns } from './record-columns.ts';
import type { OutputRecord } from './rows.ts';
import type { RunReader } from './run-folder.ts';

/** The records of a parquet part as the lines they were made of, in their order, some thousand at a time in memory. */
export async function* readRecordRows(run: RunReader, commit: PartCommit, file: string): AsyncGenerator<string> {
  using database = await openRunDatabase(run);
  const columns = recordColumns.map(({ name }) => name).join(', ');
  let found = 0;
  try {
    const result = await database.connection.stream(
      `SELECT ${columns} FROM read_parquet(${quoteText(`${run.folder}/${file}`)})`,
    );
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const row of chunk.getRows()) {
        found += 1;
        yield stringifyJson(recordOf(row));
      }
    }
  } catch (cause) {
    throw new DamagedPartError({ file, byte: 0, problem: `its rows cannot be read: ${cause}`, cause });
  }
  if (found !== commit.counts.records) {
    const problem = `the file holds ${found} records, ${commit.counts.records} were committed`;
    throw new DamagedPartError({ file, byte: 0, problem });
  }
}

/** A row in the order of its columns; keys stand as `recycle` writes them. */
function recordOf(row: readonly DuckDBValue[]): OutputRecord {
  const [id, text, metadata, documentId, shard, line, rephrasedShare, method, model, operation] = row;
  return {
    id: String(id),
    text: String(text),
    metadata: parseJson(String(metadata)) as JsonObject,
    ...(documentId !== id && { documentId: String(documentId) }),
    source: { shard: String(shard), line: Number(line) },
    rephrasedShare: Number(rephrasedShare),
    method: String(method),
    ...(model !== null && { model: String(model) }),
    ...(operation !== null && { operation: String(operation) }),
  };
}
