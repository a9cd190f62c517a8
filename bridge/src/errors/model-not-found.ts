import { WorkerError } from './worker-error.ts';

/** A model path that leads nowhere. */
export class ModelNotFoundError extends WorkerError {
  readonly code = 'REPRO_MODEL_NOT_FOUND';
}
