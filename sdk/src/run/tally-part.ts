import type { PartCounts, PartOutput } from './part-commit.ts';
import type { DocumentRow, FilterRow, LedgerRow, PartEntry, PassageOutcome, ScoreRow } from './rows.ts';

/** Problems beyond these are counted, not described. */
const describedProblems = 20;

export interface PartTally {
  add(entry: PartEntry): void;
  /** Everything that does not add up is in `problems`; the counts stand only when there are none. */
  finish(recordsIn: number): { readonly counts: PartCounts; readonly problems: readonly string[] };
}

/** Counts the entries of a part and checks that every record that went in is accounted for exactly once. */
export function tallyPart(outputs: readonly PartOutput[]): PartTally {
  const counts = emptyCounts();
  const problems: string[] = [];
  let entries = 0;
  let lastLine = 0;
  let passagesOfDocuments = 0;

  function checkDocumentEntry({ document, quarantine = [], ledger = [], records = [] }: PartEntry): void {
    const line = document?.line ?? quarantine[0]?.line;
    if (line === undefined || (document === undefined ? 0 : 1) + quarantine.length !== 1) {
      problems.push(
        `entry ${entries} holds ${document ? 1 : 0} documents and ${quarantine.length} quarantined records, not one`,
      );
      return;
    }
    if (line <= lastLine) {
      problems.push(`line ${line} comes after line ${lastLine}`);
    }
    lastLine = line;
    const passages = document?.passages ?? 0;
    if (passages !== ledger.length) {
      problems.push(`line ${line} has ${passages} passages and ${ledger.length} rows in the ledger`);
    }
    if (ledger.some((row) => row.documentId !== document?.documentId || row.line !== line)) {
      problems.push(`line ${line} has ledger rows of another document`);
    }
    if ((document?.outcome === 'written') !== records.length > 0) {
      problems.push(`line ${line} is ${document?.outcome ?? 'quarantined'} and has ${records.length} output records`);
    }
  }

  function checkFilterEntry({ filter, records = [] }: PartEntry): void {
    if (filter === undefined || (filter.outcome === 'kept' ? 1 : 0) !== records.length) {
      problems.push(`entry ${entries} is ${filter?.outcome ?? 'undecided'} and has ${records.length} records`);
    }
  }

  return {
    add(entry) {
      entries += 1;
      for (const output of missingOutputs(entry, outputs)) {
        problems.push(`entry ${entries} holds ${output}, which this stage does not make`);
      }
      if (outputs.includes('documents')) {
        checkDocumentEntry(entry);
      }
      if (outputs.includes('filter')) {
        checkFilterEntry(entry);
      }
      for (const { recordId, reward } of (entry.scores ?? []).filter(isNotFinite)) {
        problems.push(`${reward} of record ${recordId} is no finite number`);
      }
      if (entry.records?.some((record) => record.includes('\n'))) {
        problems.push(`entry ${entries} has a line break in a record`);
      }
      counts.records += entry.records?.length ?? 0;
      passagesOfDocuments += entry.document?.passages ?? 0;
      countDocument(counts, entry.document);
      for (const row of entry.ledger ?? []) {
        countPassage(counts, row);
      }
      for (const row of entry.scores ?? []) {
        countScore(counts, row);
      }
      countDecision(counts, entry.filter);
      for (const row of entry.quarantine ?? []) {
        counts.documents.quarantined += 1;
        countOne(counts.quarantine, row.code);
      }
    },

    finish(recordsIn) {
      if (entries !== recordsIn) {
        problems.push(`${recordsIn} records went in and ${entries} are accounted for`);
      }
      if (outputs.includes('documents')) {
        counts.documents.in = recordsIn;
        counts.passages.in = passagesOfDocuments;
        problems.push(...checkSums('documents', counts.documents), ...checkSums('passages', counts.passages));
      }
      if (outputs.includes('filter')) {
        counts.filter.in = recordsIn;
        problems.push(...checkSums('filter', counts.filter));
      }
      const more = problems.length - describedProblems;
      return { counts, problems: more > 0 ? [...problems.slice(0, describedProblems), `${more} more`] : problems };
    },
  };
}

/** Whether `in` is the sum of everything else. */
export function checkSums(
  what: string,
  { in: total, ...outcomes }: Readonly<Record<string, number>>,
): readonly string[] {
  const sum = Object.values(outcomes).reduce((one, other) => one + other, 0);
  const terms = Object.entries(outcomes).map(([name, count]) => `${count} ${name}`);
  return sum === total ? [] : [`${what}: ${total} in, but ${terms.join(' + ')} = ${sum}`];
}

export function emptyCounts(): PartCounts {
  return {
    documents: { in: 0, written: 0, dropped: 0, failed: 0, quarantined: 0 },
    passages: { in: 0, rephrased: 0, expanded: 0, kept: 0, fellBack: 0, dropped: 0, failed: 0 },
    records: 0,
    reasons: {},
    quarantine: {},
    attempts: 0,
    promptTokens: 0,
    completionTokens: 0,
    charactersBefore: 0,
    charactersAfter: 0,
    scores: {},
    filter: { in: 0, kept: 0, below: 0, unscored: 0 },
  };
}

/** The name of an outcome among the counts. */
export function passageCount(outcome: PassageOutcome): Exclude<keyof PartCounts['passages'], 'in'> {
  return outcome === 'fell-back' ? 'fellBack' : outcome;
}

function countDocument(counts: PartCounts, document: DocumentRow | undefined): void {
  if (document !== undefined) {
    counts.documents[document.outcome] += 1;
    counts.charactersBefore += document.charactersBefore;
    counts.charactersAfter += document.charactersAfter;
  }
}

function countPassage(counts: PartCounts, row: LedgerRow): void {
  counts.passages[passageCount(row.outcome)] += 1;
  if (row.reason !== undefined) {
    countOne(counts.reasons, `${row.outcome}/${row.reason}`);
  }
  counts.attempts += row.attempts;
  counts.promptTokens += row.promptTokens;
  counts.completionTokens += row.completionTokens;
}

function countDecision(counts: PartCounts, row: FilterRow | undefined): void {
  if (row !== undefined) {
    counts.filter[row.outcome] += 1;
    // Why a record is unscored may be in words of its own page.
    if (row.outcome !== 'unscored' && row.reason !== undefined) {
      countOne(counts.reasons, `${row.outcome}/${row.reason}`);
    }
  }
}

function countScore(counts: PartCounts, row: ScoreRow): void {
  const before = Object.hasOwn(counts.scores, row.reward) ? counts.scores[row.reward] : undefined;
  const { scored, unscored, sum } = before ?? { scored: 0, unscored: 0, sum: 0 };
  counts.scores[row.reward] =
    row.outcome === 'scored'
      ? { scored: scored + 1, unscored, sum: sum + row.value }
      : { scored, unscored: unscored + 1, sum };
}

function countOne(counts: Record<string, number>, name: string): void {
  counts[name] = (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + 1;
}

function isNotFinite(row: ScoreRow): boolean {
  return row.outcome === 'scored' && !Number.isFinite(row.value);
}

function missingOutputs(entry: PartEntry, outputs: readonly PartOutput[]): readonly PartOutput[] {
  const recordsOutput = outputs.includes('record_rows') ? 'record_rows' : 'records';
  const found: Partial<Record<PartOutput, number>> = {
    [recordsOutput]: entry.records?.length ?? 0,
    ledger: entry.ledger?.length ?? 0,
    documents: entry.document === undefined ? 0 : 1,
    quarantine: entry.quarantine?.length ?? 0,
    scores: entry.scores?.length ?? 0,
    filter: entry.filter === undefined ? 0 : 1,
  };
  return (Object.keys(found) as PartOutput[]).filter((output) => (found[output] ?? 0) > 0 && !outputs.includes(output));
}
