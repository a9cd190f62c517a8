/** Ownership of a run by this process. */
export interface Lease extends AsyncDisposable {
  /** Grows with every owner; a commit names it. */
  readonly generation: number;
  readonly owner: string;
  /** Aborted with a LeaseLostError once another owner was seen. */
  readonly lost: AbortSignal;
  /** Throws LeaseLostError when it is no longer ours. */
  check(): Promise<void>;
}
