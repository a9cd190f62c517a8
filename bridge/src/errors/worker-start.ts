import type { WorkerErrorOptions } from './worker-error.ts';
import { WorkerError } from './worker-error.ts';

/** A worker process that cannot start: no interpreter, no package, another version. Trying again would not help. */
export class WorkerStartError extends WorkerError {
  readonly code = 'REPRO_WORKER_START';
  /** The last lines that the process wrote. */
  readonly output: readonly string[];

  constructor(
    message: string,
    { output = [], ...options }: WorkerErrorOptions & { readonly output?: readonly string[] } = {},
  ) {
    super(message, options);
    this.output = output;
  }
}
