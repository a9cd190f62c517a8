import { WorkerError } from './worker-error.ts';

/** The worker broke the protocol: it closed a request whose items had not ended. */
export class WorkerProtocolError extends WorkerError {
  readonly code = 'REPRO_WORKER_PROTOCOL';
}
