import { WorkerError } from './worker-error.ts';

/** The worker stopped an item because it was told to. */
export class ItemCancelledError extends WorkerError {
  readonly code = 'REPRO_CANCELLED';
}
