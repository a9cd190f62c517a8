import { WorkerError } from './worker-error.ts';

/** An item that ended its worker twice while it was the only one there. It is not tried again. */
export class ItemKillsWorkerError extends WorkerError {
  readonly code = 'REPRO_ITEM_KILLS_WORKER';
}
