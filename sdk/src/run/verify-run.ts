export interface VerifySummary {
  readonly run: string;
  /** Committed parts of all stages. */
  readonly parts: number;
  readonly files: number;
  readonly bytes: number;
  /** Source records that were read, over the parts of `recycle`. */
  readonly documents: number;
  readonly records: number;
  readonly passages: number;
  readonly scores: number;
  readonly quarantined: number;
  /** Parts that have a log but no commit: `recycle/part-00012`. */
  readonly inProgress: readonly string[];
}

/** Re-hashes every committed file and recounts its rows; a VerifyFailedError carries everything that is wrong. */
export async function verifyRun(folder: string): Promise<VerifySummary> {
  throw new Error(`to be written: ${folder}`);
}
