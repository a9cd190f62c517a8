import { ReproError } from './repro-error.ts';

/** Workers of a pool kept dying without finishing anything, so the pool gave up (exit code 7). */
export class WorkerLostError extends ReproError {
  readonly code = 'REPRO_WORKER_LOST';
  readonly pool: string;
  readonly restarts: number;
  /** The last lines that the last worker wrote. */
  readonly output: readonly string[];

  constructor({
    pool,
    restarts,
    reason,
    output,
  }: { pool: string; restarts: number; reason: string; output: readonly string[] }) {
    super(`Workers of "${pool}" were lost ${restarts + 1} times without finishing an item; the last one ${reason}.`, {
      hint:
        output.length === 0 ? 'Look into the log of the run.' : `The last one wrote: ${output.slice(-3).join(' | ')}`,
    });
    this.pool = pool;
    this.restarts = restarts;
    this.output = output;
  }
}
