import { z } from 'zod';

/** Raised when a reader of today's files would misread tomorrow's. */
export const commitFormat = 1;

const count = z.int().nonnegative();
const countsByName = z.record(z.string(), count);

/** What a part accounts for, computed from its entries alone. */
export const PartCounts = z.object({
  documents: z.object({ in: count, written: count, dropped: count, failed: count, quarantined: count }),
  passages: z.object({
    in: count,
    rephrased: count,
    expanded: count,
    kept: count,
    fellBack: count,
    dropped: count,
    failed: count,
  }),
  /** Lines of the part. */
  records: count,
  /** Reasons of passages that fell back, were dropped or failed, as `fell-back/no-opener`; of `filter` those of records with a value. */
  reasons: countsByName,
  quarantine: countsByName,
  attempts: count,
  promptTokens: count,
  completionTokens: count,
  charactersBefore: count,
  charactersAfter: count,
  /** By reward; `sum` over the scored ones, so that means can be taken over parts. */
  scores: z.record(z.string(), z.object({ scored: count, unscored: count, sum: z.number() })),
  /** Records that `filter` decided about; runs from before there was one have none. */
  filter: z
    .object({ in: count, kept: count, below: count, unscored: count })
    .default({ in: 0, kept: 0, below: 0, unscored: 0 }),
});
export type PartCounts = z.infer<typeof PartCounts>;

/** `part-00012.ok.json`: written last, and only then the part exists. */
export const PartCommit = z.object({
  format: z.literal(commitFormat),
  stage: z.string(),
  part: count,
  /** Of a part that was made again: the files of each time have names of their own. */
  revision: count.optional(),
  shard: z.string(),
  stageKey: z.string(),
  input: z.object({ version: z.string(), sha256: z.string() }),
  counts: PartCounts,
  /** Relative to the run folder. */
  files: z.array(z.object({ name: z.string(), bytes: count, sha256: z.string() })),
  /** Where each zstd frame of the records begins, its bytes and its lines. */
  frames: z.array(z.object({ offset: count, bytes: count, lines: count })),
  longestLineBytes: count,
  /** Packages and plugins that made it; recorded, not hashed. */
  versions: z.record(z.string(), z.string()),
  /** Which process committed it. */
  host: z.string(),
  committedAt: z.string(),
});
export type PartCommit = z.infer<typeof PartCommit>;

/** Records are lines of JSON or rows of a table; a part has one of the two. */
export type PartOutput = 'records' | 'record_rows' | 'ledger' | 'documents' | 'quarantine' | 'scores' | 'filter';

/** `part-00012`, the stem of all files of a part. */
export function partName(part: number): string {
  return `part-${String(part).padStart(5, '0')}`;
}

/** Path of one output of a part, relative to the run folder. */
export function partFile(stage: string, part: number, output: PartOutput | 'commit', revision?: number): string {
  const name = `${partName(part)}${revision === undefined ? '' : `.r${revision}`}`;
  const stem = `${stage}/${name}`;
  switch (output) {
    case 'records':
      return `${stem}.jsonl.zst`;
    case 'record_rows':
      return `${stem}.parquet`;
    case 'quarantine':
      return `quarantine/${stage}-${name}.jsonl`;
    case 'commit':
      return `${stem}.ok.json`;
    default:
      return `${stem}.${output}.parquet`;
  }
}

/** The file of an output, when the part has one. */
export function committedFile(commit: PartCommit, output: PartOutput): PartCommit['files'][number] | undefined {
  const name = partFile(commit.stage, commit.part, output, commit.revision);
  return commit.files.find((file) => file.name === name);
}

/** The file of a part's records, whatever its format. */
export function committedRecords(commit: PartCommit): PartCommit['files'][number] | undefined {
  return committedFile(commit, 'records') ?? committedFile(commit, 'record_rows');
}

/**
 * Whether the text of an ok.json says what was decided. Compared as this version reads it: one that was written before a
 * field was added, or with one that is not known here, says the same.
 */
export function saysCommit(text: string | undefined, commit: PartCommit): boolean {
  try {
    return commitText(PartCommit.parse(JSON.parse(text ?? ''))) === commitText(commit);
  } catch {
    return false;
  }
}

/** What ok.json holds. */
export function commitText(commit: PartCommit): string {
  return `${JSON.stringify(commit, null, 2)}\n`;
}
