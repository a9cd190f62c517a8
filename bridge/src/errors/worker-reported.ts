import type { WorkerErrorOptions } from './worker-error.ts';
import { WorkerError } from './worker-error.ts';

/** An error of a worker whose code this version of the bridge has no class for. */
export class WorkerReportedError extends WorkerError {
  readonly code: `REPRO_${string}`;

  constructor(message: string, { code, ...options }: WorkerErrorOptions & { readonly code: `REPRO_${string}` }) {
    super(message, options);
    this.code = code;
  }
}
