import { stringifyJson } from '../contract/json-text.ts';
import type { PartContent } from './commit-part.ts';
import type { PartEntry } from './rows.ts';

/** A page of two passages, one of which fell back. */
export function writtenEntry(shard: string, line: number): PartEntry {
  const documentId = `${shard}:${line}`;
  const passage = {
    documentId,
    shard,
    line,
    attempts: 1,
    promptTokens: 20,
    completionTokens: 9,
    method: 'test',
    model: 'small',
  };
  const record = {
    id: documentId,
    text: `text of ${documentId}`,
    metadata: { url: `https://example.org/${line}`, big: 12345678901234567890n },
    source: { shard, line },
    rephrasedShare: 0.5,
    method: 'test',
    model: 'small',
  };
  return {
    records: [stringifyJson(record)],
    ledger: [
      { ...passage, passage: '0', outcome: 'rephrased' },
      { ...passage, passage: '1', outcome: 'fell-back', reason: 'no-opener', attempts: 2 },
    ],
    document: {
      documentId,
      shard,
      line,
      outcome: 'written',
      passages: 2,
      charactersBefore: 30,
      charactersAfter: 20,
      rephrasedShare: 0.5,
    },
  };
}

export function quarantinedEntry(shard: string, line: number): PartEntry {
  return { quarantine: [{ file: shard, line, byte: line * 100, code: 'bad-json', reason: 'no closing brace' }] };
}

export function scoredEntry(shard: string, line: number): PartEntry {
  const row = { recordId: `${shard}:${line}`, documentId: `${shard}:${line}`, line };
  return {
    scores: [
      { ...row, reward: 'length', outcome: 'scored', value: line / 10, details: { odd: { ['__proto__']: [] } } },
      { ...row, reward: 'tone', outcome: 'unscored', reason: 'judge gave no verdict' },
    ],
  };
}

/** A record that `filter` keeps, as `recycle` wrote it, or one that it leaves out. */
export function filteredEntry(shard: string, line: number, outcome: 'kept' | 'below'): PartEntry {
  const recordId = `${shard}:${line}`;
  return {
    filter: { recordId, documentId: recordId, line, outcome, value: 0.5 },
    ...(outcome === 'kept' && { records: writtenEntry(shard, line).records }),
  };
}

/** Every fifth line is a bad record. */
export function entryOfLine(shard: string, line: number): PartEntry {
  return line % 5 === 0 ? quarantinedEntry(shard, line) : writtenEntry(shard, line);
}

/** What `recycle` commits. */
export function recycledContent(shard: string, entries: readonly PartEntry[]): PartContent {
  return {
    shard,
    stageKey: 'key-1',
    input: { version: '1', sha256: 'a'.repeat(64) },
    outputs: ['records', 'ledger', 'documents', 'quarantine'],
    recordsIn: entries.length,
    versions: { '@repro/sdk': '0.1.0' },
    entries: () => entries,
  };
}

/** What `filter` commits. */
export function filteredContent(shard: string, entries: readonly PartEntry[]): PartContent {
  return { ...recycledContent(shard, entries), outputs: ['records', 'filter'] };
}

/** What `score` commits. */
export function scoredContent(shard: string, entries: readonly PartEntry[]): PartContent {
  return { ...recycledContent(shard, entries), outputs: ['scores'] };
}
