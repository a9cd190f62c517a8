import { WorkerError } from './worker-error.ts';

/** A plugin's Python handler, or a callback, raised; `traceback` says where. */
export class WorkerHandlerError extends WorkerError {
  readonly code = 'REPRO_WORKER_HANDLER';
}
