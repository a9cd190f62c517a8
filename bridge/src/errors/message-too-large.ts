import { WorkerError } from './worker-error.ts';

/** A value that does not fit one message. It was not sent. */
export class MessageTooLargeError extends WorkerError {
  readonly code = 'REPRO_MESSAGE_TOO_LARGE';
}
