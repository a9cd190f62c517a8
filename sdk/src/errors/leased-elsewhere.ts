import { howToType, ReproError } from '@repro/bridge';

/** A live process works on the run with another recipe, or other models. */
export class LeasedElsewhereError extends ReproError {
  readonly code = 'REPRO_LEASED_ELSEWHERE';
  readonly run: string;
  readonly stage: string;
  readonly owner: string;

  constructor({ run, stage, owner }: { readonly run: string; readonly stage: string; readonly owner: string }) {
    super(`${owner} works on ${stage} of ${run} with another recipe, limit or model; several hosts must agree on it.`, {
      hint: `Wait for it or stop it, or choose another run name; \`${howToType('query')}\` and \`${howToType('verify')}\` work meanwhile.`,
    });
    this.run = run;
    this.stage = stage;
    this.owner = owner;
  }
}
