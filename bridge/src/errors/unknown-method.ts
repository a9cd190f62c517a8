import { WorkerError } from './worker-error.ts';

/** The worker has no such method; the message lists those it has. */
export class UnknownMethodError extends WorkerError {
  readonly code = 'REPRO_UNKNOWN_METHOD';
}
