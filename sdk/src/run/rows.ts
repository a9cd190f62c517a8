import { parseJson, stringifyJson } from '../contract/json-text.ts';
import type { JsonObject } from '../contract/json-value.ts';
import type { RewardScore } from '../contract/reward.ts';

export type PassageOutcome = 'rephrased' | 'expanded' | 'kept' | 'fell-back' | 'dropped' | 'failed';

/** What became of one final passage (a continued or halved one is replaced by its children). */
export type LedgerRow = {
  readonly documentId: string;
  /** Path of the passage in its document: `3`, or `3.1` for a child. */
  readonly passage: string;
  readonly shard: string;
  readonly line: number;
  readonly outcome: PassageOutcome;
  readonly reason?: string | undefined;
  readonly operation?: string | undefined;
  /** Completions asked for, retries included. */
  readonly attempts: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Absent when no model was asked. */
  readonly model?: string | undefined;
  readonly method: string;
};

/** What became of one source record that could be read. */
export type DocumentRow = {
  readonly documentId: string;
  readonly shard: string;
  readonly line: number;
  readonly outcome: 'written' | 'dropped' | 'failed';
  readonly reason?: string | undefined;
  /** Final passages: as many as it has rows in the ledger. */
  readonly passages: number;
  readonly charactersBefore: number;
  /** Characters of everything that was written for it. */
  readonly charactersAfter: number;
  /** By characters; 0 for a document that counts as not recycled. */
  readonly rephrasedShare: number;
};

/** One reward of one output record. */
export type ScoreRow = {
  readonly recordId: string;
  readonly documentId: string;
  readonly line: number;
  readonly reward: string;
} & RewardScore;

/** What `filter` decided about one output record, and the value that it decided by. */
export type FilterRow = {
  readonly recordId: string;
  readonly documentId: string;
  readonly line: number;
} & (
  | { readonly outcome: 'kept'; readonly value: number; readonly reason?: 'nothing-rephrased' | undefined }
  | { readonly outcome: 'below'; readonly value: number; readonly reason?: 'too-little-rephrased' | undefined }
  | { readonly outcome: 'unscored'; readonly reason: string }
);

/** A source record that could not be used, and where it stands. */
export type QuarantineRow = {
  readonly id?: string | undefined;
  readonly file: string;
  readonly line: number;
  /** Absent where records are no bytes. */
  readonly byte?: number | undefined;
  readonly code: string;
  readonly reason: string;
};

/** One line of a part. */
export type OutputRecord = {
  readonly id: string;
  readonly text: string;
  /** Every field of the source record but the text, untouched. */
  readonly metadata: JsonObject;
  /** Given when it is not `id`: one of several records made of one document. */
  readonly documentId?: string | undefined;
  readonly source: { readonly shard: string; readonly line: number };
  readonly rephrasedShare: number;
  readonly method: string;
  /** Absent when no model was asked. */
  readonly model?: string | undefined;
  /** Which task of the method made it, where the plugin says so. */
  readonly operation?: string | undefined;
};

/** Everything that one source record contributes to a part; also what the part log keeps of it. */
export type PartEntry = {
  /** Output records, each as one line of JSON (`stringifyJson(record)`). */
  readonly records?: readonly string[] | undefined;
  readonly ledger?: readonly LedgerRow[] | undefined;
  readonly document?: DocumentRow | undefined;
  readonly scores?: readonly ScoreRow[] | undefined;
  readonly filter?: FilterRow | undefined;
  readonly quarantine?: readonly QuarantineRow[] | undefined;
};

/** A payload for `PartLog.append`: a line of JSON, and after it the records as they are, each a line. */
export function encodePartEntry({ records = [], ...rest }: PartEntry): string {
  return [stringifyJson(rest), ...records].join('\n');
}

/** Reads what `encodePartEntry` wrote; the log's checksum has already proved that it is unchanged. */
export function decodePartEntry(payload: string): PartEntry {
  const [rest = '', ...records] = payload.split('\n');
  const entry = parseJson(rest) as PartEntry;
  return records.length > 0 ? { ...entry, records } : entry;
}
