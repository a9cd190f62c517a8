import type { DuckDBConnection } from '@duckdb/node-api';
import type { PartCounts } from './part-commit.ts';
import type { DocumentRow, FilterRow, PassageOutcome, ScoreRow } from './rows.ts';
import { emptyCounts, passageCount } from './tally-part.ts';

/** The counts of a part from the rows of its files, through the views of `openRunDatabase`. */
export async function recountPart(connection: DuckDBConnection): Promise<PartCounts> {
  const counts = emptyCounts();
  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();

  const documents = await rowsOf(`SELECT outcome, count(*), sum(passages), sum(characters_before), sum(characters_after)
    FROM document_rows GROUP BY outcome`);
  for (const [outcome, documentCount, passages, before, after] of documents) {
    counts.documents[outcome as DocumentRow['outcome']] = Number(documentCount);
    counts.documents.in += Number(documentCount);
    counts.passages.in += Number(passages);
    counts.charactersBefore += Number(before);
    counts.charactersAfter += Number(after);
  }

  const passages =
    await rowsOf(`SELECT outcome, reason, count(*), sum(attempts), sum(prompt_tokens), sum(completion_tokens)
    FROM ledger GROUP BY outcome, reason`);
  for (const [outcome, reason, passageTotal, attempts, promptTokens, completionTokens] of passages) {
    counts.passages[passageCount(outcome as PassageOutcome)] += Number(passageTotal);
    if (reason !== null) {
      counts.reasons[`${outcome}/${reason}`] = Number(passageTotal);
    }
    counts.attempts += Number(attempts);
    counts.promptTokens += Number(promptTokens);
    counts.completionTokens += Number(completionTokens);
  }

  for (const [code, quarantined] of await rowsOf('SELECT code, count(*) FROM quarantine GROUP BY code')) {
    counts.quarantine[String(code)] = Number(quarantined);
    counts.documents.quarantined += Number(quarantined);
    counts.documents.in += Number(quarantined);
  }

  const scores = await rowsOf('SELECT reward, outcome, count(*), sum(value) FROM scores GROUP BY reward, outcome');
  for (const [reward, outcome, scoreCount, sum] of scores) {
    const ofReward = counts.scores[String(reward)] ?? { scored: 0, unscored: 0, sum: 0 };
    ofReward[outcome as ScoreRow['outcome']] = Number(scoreCount);
    ofReward.sum += Number(sum ?? 0);
    counts.scores[String(reward)] = ofReward;
  }

  const decisions = await rowsOf(`SELECT outcome, if(outcome = 'unscored', NULL, reason) AS why, count(*)
    FROM filter GROUP BY outcome, why`);
  for (const [outcome, reason, decided] of decisions) {
    counts.filter[outcome as FilterRow['outcome']] += Number(decided);
    counts.filter.in += Number(decided);
    if (reason !== null) {
      counts.reasons[`${outcome}/${reason}`] = Number(decided);
    }
  }

  // A part has records of its stage alone, so one of the two is empty.
  const [[records] = []] = await rowsOf('SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM kept_records)');
  counts.records = Number(records);
  return counts;
}

/** Every number that differs, with its path. */
export function compareCounts(committed: PartCounts, found: PartCounts): readonly string[] {
  const before = new Map(flatten(committed));
  const after = new Map(flatten(found));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => !areEqual(before.get(name) ?? 0, after.get(name) ?? 0))
    .map((name) => `counts ${before.get(name) ?? 0} ${name}, its files hold ${after.get(name) ?? 0}`);
}

/** Sums of doubles depend on their order in the last digits. */
function areEqual(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}

type Counts = { readonly [name: string]: number | Counts };

function flatten(counts: Counts, path = ''): readonly (readonly [string, number])[] {
  return Object.entries(counts).flatMap(([name, value]) =>
    typeof value === 'number' ? [[`${path}${name}`, value] as const] : flatten(value, `${path}${name}.`),
  );
}
