import { ReproError } from '@repro/bridge';

/** This process owned the run and no longer does: it was silent for so long that another one took over. */
export class LeaseLostError extends ReproError {
  readonly code = 'REPRO_LEASE_LOST';
  readonly run: string;
  readonly owner: string;

  constructor({ run, owner }: { readonly run: string; readonly owner: string }) {
    super(`Run ${run} was taken over by ${owner} while this process did not renew its lease.`, {
      hint: 'Let the new owner finish. What was committed here is kept; nothing was written after the takeover.',
    });
    this.run = run;
    this.owner = owner;
  }
}
