import { WorkerError } from './worker-error.ts';

/** A host function that a worker called back threw; `traceback` is its stack. */
export class CallbackFailedError extends WorkerError {
  readonly code = 'REPRO_CALLBACK_FAILED';
}
