import type { DuckDBConnection } from '@duckdb/node-api';
import { jsonView } from './open-run-database.ts';
import type { RunReader } from './run-folder.ts';

const rolloutColumns = {
  step: 'BIGINT',
  document_id: 'VARCHAR',
  passage: 'BIGINT',
  row: 'BIGINT',
  sample: 'BIGINT',
  outcome: 'VARCHAR',
  reason: 'VARCHAR',
  total: 'DOUBLE',
  advantage: 'DOUBLE',
  masked: 'BOOLEAN',
  scores: 'JSON',
  unscored: 'VARCHAR',
  original: 'VARCHAR',
  text: 'VARCHAR',
  finish_reason: 'VARCHAR',
  tokens: 'BIGINT',
};

const heldOutColumns = {
  step: 'BIGINT',
  documentId: 'VARCHAR',
  row: 'BIGINT',
  mode: 'VARCHAR',
  sample: 'BIGINT',
  outcome: 'VARCHAR',
  reason: 'VARCHAR',
  total: 'DOUBLE',
  scores: 'JSON',
  characters: 'BIGINT',
  sourceCharacters: 'BIGINT',
  finishReason: 'VARCHAR',
  text: 'VARCHAR',
};

/** Adds what trainings have kept: `rollouts`, and `held_out` with the answers that checkpoints were measured by. */
export async function showTrainings(run: RunReader, connection: DuckDBConnection): Promise<void> {
  const options = { compression: 'uncompressed', longestLineBytes: 0 } as const;
  const statements = [
    jsonView('rollouts', rolloutColumns, await filesOf(run, 'rollouts'), options),
    jsonView('held_out_lines', heldOutColumns, await filesOf(run, 'evaluations'), options),
    `CREATE OR REPLACE VIEW held_out AS SELECT * RENAME (documentId AS document_id, sourceCharacters AS source_characters,
      finishReason AS finish_reason) FROM held_out_lines`,
  ];
  for (const statement of statements) {
    await connection.run(statement);
  }
}

async function filesOf({ store, folder }: RunReader, kind: 'rollouts' | 'evaluations'): Promise<readonly string[]> {
  const files: string[] = [];
  for (const algorithm of await store.list('train')) {
    const names = await store.list(`train/${algorithm}/${kind}`);
    files.push(...names.map((name) => `${folder}/train/${algorithm}/${kind}/${name}`));
  }
  return files;
}
