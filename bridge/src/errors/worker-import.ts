import { WorkerError } from './worker-error.ts';

/** A handler file, or what it imports, could not be imported. */
export class WorkerImportError extends WorkerError {
  readonly code = 'REPRO_WORKER_IMPORT';
}
