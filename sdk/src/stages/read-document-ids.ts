import { openRunDatabase } from '../run/open-run-database.ts';
import type { PartCommit } from '../run/part-commit.ts';
import type { RunReader } from '../run/run-folder.ts';

/** Hands over the id of every document of a committed part, without holding them all. */
export async function readDocumentIds(run: RunReader, commit: PartCommit, take: (id: string) => void): Promise<void> {
  using database = await openRunDatabase(run);
  await database.show([commit]);
  const result = await database.connection.stream('SELECT document_id FROM document_rows');
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [id] of chunk.getRows()) {
      take(String(id));
    }
  }
}
