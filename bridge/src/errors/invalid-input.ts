import { WorkerError } from './worker-error.ts';

/** A value that cannot be sent, or that the other side's schema refuses; the message names the field. */
export class InvalidInputError extends WorkerError {
  readonly code = 'REPRO_INVALID_INPUT';
}
