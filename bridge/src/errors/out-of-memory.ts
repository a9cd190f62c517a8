import { WorkerError } from './worker-error.ts';

/** The worker ran out of memory (of the machine or of the device) but lives on. */
export class OutOfMemoryError extends WorkerError {
  readonly code = 'REPRO_OUT_OF_MEMORY';
}
