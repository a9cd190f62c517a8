import { ReproError } from '@repro/bridge';

/** This process was silent for so long that the other hosts of the run have given it up. */
export class LeaseLostError extends ReproError {
  readonly code = 'REPRO_LEASE_LOST';
  readonly run: string;
  readonly host: string;

  constructor({ run, host }: { readonly run: string; readonly host: string }) {
    super(`${host} was silent for so long that the other hosts of ${run} have given it up and taken its parts.`, {
      hint: 'Run the same command again to join them. What was committed here is kept; nothing was written since.',
    });
    this.run = run;
    this.host = host;
  }
}
