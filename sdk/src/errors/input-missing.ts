import { ReproError } from '@repro/bridge';

/** A stage has nothing to work on: the recipe lacks an entry, or the stage before it has not run. */
export class InputMissingError extends ReproError {
  readonly code = 'REPRO_INPUT_MISSING';
  readonly stage: string;
  readonly missing: string;

  constructor({ stage, missing, hint }: { readonly stage: string; readonly missing: string; readonly hint: string }) {
    super(`Stage "${stage}" needs ${missing}.`, { hint });
    this.stage = stage;
    this.missing = missing;
  }
}
