import { howToType, ReproError } from '@repro/bridge';

/** `python -m venv` or `pip install` ended with an error. Nothing half-made is ever used. Exit 4. */
export class EnvironmentSetUpFailedError extends ReproError {
  readonly code = 'REPRO_ENVIRONMENT_SET_UP_FAILED';
  readonly folder: string;
  /** The last lines that the command wrote. */
  readonly output: readonly string[];

  constructor({
    folder,
    step,
    output,
    cause,
  }: { readonly folder: string; readonly step: string; readonly output: readonly string[]; readonly cause: unknown }) {
    const reason = output.findLast((line) => /^ERROR\b/.test(line)) ?? output.at(-1) ?? 'it wrote nothing';
    super(`${step} for ${folder} failed: ${reason}`, {
      hint: `Run \`${howToType('env setup')}\` again: it starts afresh, and what pip has downloaded is kept.`,
      cause,
    });
    this.folder = folder;
    this.output = output;
  }
}
