import { howToType, ReproError } from '@repro/bridge';

/** Another process trains in this run, and what it has done so far was to be thrown away. */
export class TrainedElsewhereError extends ReproError {
  readonly code = 'REPRO_TRAINED_ELSEWHERE';
  readonly run: string;

  constructor({ run }: { readonly run: string }) {
    super(`Another process trains in ${run}; --redo would throw away what it works on.`, {
      hint: `Stop it first, or train in another run; \`${howToType('query')}\` shows how far it is.`,
    });
    this.run = run;
  }
}
