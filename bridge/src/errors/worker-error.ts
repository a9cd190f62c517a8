import type { ReproErrorOptions } from './repro-error.ts';
import { ReproError } from './repro-error.ts';

export interface WorkerErrorOptions extends ReproErrorOptions {
  readonly traceback?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/** Base of the errors that end one item or one start of a worker. */
export abstract class WorkerError extends ReproError {
  /** Python's traceback, when the error was raised there. */
  readonly traceback: string | undefined;
  /** Whether the same item may succeed on another try. */
  readonly retryable: boolean;

  constructor(message: string, { traceback, retryable = false, ...options }: WorkerErrorOptions = {}) {
    super(message, options);
    this.traceback = traceback;
    this.retryable = retryable;
  }
}
