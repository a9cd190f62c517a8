import { WorkerError } from './worker-error.ts';

/** The worker was lost after the stream had given values, so it cannot be started again. */
export class StreamBrokenError extends WorkerError {
  readonly code = 'REPRO_STREAM_BROKEN';
}
