import { WorkerError } from './worker-error.ts';

/** The pool was stopped before the item ended. */
export class WorkerStoppedError extends WorkerError {
  readonly code = 'REPRO_WORKER_STOPPED';
}
