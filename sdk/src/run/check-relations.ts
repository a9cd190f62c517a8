import type { VerifyProblem } from '../errors/verify-failed.ts';
import type { RunDatabase } from './open-run-database.ts';
import type { PartCommit } from './part-commit.ts';

/** What must hold between the files of a run. Each query gives one text per violation. */
const relations: readonly { readonly problem: string; readonly sql: string }[] = [
  {
    problem: 'documents share an id',
    sql: 'SELECT document_id FROM document_rows GROUP BY document_id HAVING count(*) > 1',
  },
  { problem: 'records share an id', sql: 'SELECT id FROM records GROUP BY id HAVING count(*) > 1' },
  {
    problem: 'documents are written but have no record',
    sql: `SELECT document_id FROM document_rows WHERE outcome = 'written'
      AND document_id NOT IN (SELECT document_id FROM records)`,
  },
  {
    problem: 'records belong to no written document',
    sql: `SELECT id FROM records
      WHERE document_id NOT IN (SELECT document_id FROM document_rows WHERE outcome = 'written')`,
  },
  {
    problem: 'documents have another number of passages than the ledger',
    sql: `SELECT document_id FROM document_rows
      FULL JOIN (SELECT document_id, count(*) AS found FROM ledger GROUP BY document_id) USING (document_id)
      WHERE coalesce(passages, -1) <> coalesce(found, 0)`,
  },
  {
    problem: 'scores belong to no record',
    sql: 'SELECT DISTINCT record_id FROM scores WHERE record_id NOT IN (SELECT id FROM records)',
  },
  {
    problem: 'scores stand twice for one record and reward',
    sql: 'SELECT record_id FROM scores GROUP BY record_id, reward HAVING count(*) > 1',
  },
  {
    problem: 'decisions of filter belong to no record',
    sql: 'SELECT record_id FROM filter WHERE record_id NOT IN (SELECT id FROM records)',
  },
  {
    problem: 'records are decided to be kept, or are kept, but not both',
    sql: `SELECT coalesce(record_id, id) FROM (SELECT record_id FROM filter WHERE outcome = 'kept') AS decided
      FULL JOIN kept_records ON record_id = id WHERE record_id IS NULL OR id IS NULL`,
  },
  {
    problem: 'kept records are not as recycle made them',
    // Hashes, so that the texts of a corpus need not be in memory.
    sql: `SELECT id FROM (SELECT id, hash(kept) FROM kept_records AS kept
      EXCEPT SELECT id, hash(made) FROM records AS made)`,
  },
];

/** Checks ids and counts across the parts and stages of a run. */
export async function checkRelations(
  database: RunDatabase,
  commits: readonly PartCommit[],
): Promise<readonly VerifyProblem[]> {
  await database.show(commits);
  const problems: VerifyProblem[] = [];
  for (const { problem, sql } of relations) {
    const found = await database.connection.runAndReadAll(
      `SELECT violation, count(*) OVER () FROM (${sql}) AS violations(violation) ORDER BY 1 LIMIT 5`,
    );
    const [first] = found.getRows();
    if (first !== undefined) {
      const examples = found.getRows().map(([violation]) => JSON.stringify(violation));
      problems.push({ file: '.', problem: `${first[1]} ${problem}: ${examples.join(', ')}` });
    }
  }
  return problems;
}
