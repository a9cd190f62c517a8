import { howToType, ReproError } from '@repro/bridge';

/** Another live process owns the run. */
export class LeasedElsewhereError extends ReproError {
  readonly code = 'REPRO_LEASED_ELSEWHERE';
  readonly run: string;
  readonly owner: string;

  constructor({ run, owner }: { readonly run: string; readonly owner: string }) {
    super(`Run ${run} is being worked on by ${owner}.`, {
      hint: `Wait for it or stop it, then run the same command again; \`${howToType('query')}\` and \`${howToType('verify')}\` work meanwhile.`,
    });
    this.run = run;
    this.owner = owner;
  }
}
