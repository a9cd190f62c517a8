import { ReproError } from '@repro/bridge';

/** A part did not account for everything that went in, so it was not committed: a fault of ours, never of the data. */
export class ConservationError extends ReproError {
  readonly code = 'REPRO_CONSERVATION';
  readonly part: string;
  readonly problems: readonly string[];

  constructor({ part, problems }: { readonly part: string; readonly problems: readonly string[] }) {
    super(`${part} does not add up and was not committed: ${problems.join('; ')}.`, {
      hint: 'Nothing is lost: finished documents are in the part log. Please report this with the run folder.',
    });
    this.part = part;
    this.problems = problems;
  }
}
