import { WorkerError } from './worker-error.ts';

/** A callback called the very pool that waits for it. */
export class CallbackReentrantError extends WorkerError {
  readonly code = 'REPRO_CALLBACK_REENTRANT';
}
