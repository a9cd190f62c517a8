import { WorkerError } from './worker-error.ts';

/** An item (or a callback) was not finished within its deadline. */
export class DeadlineExceededError extends WorkerError {
  readonly code = 'REPRO_DEADLINE';
}
