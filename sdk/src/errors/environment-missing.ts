import { howToType, ReproError } from '@repro/bridge';

/** The pinned Python environment is not set up. */
export class EnvironmentMissingError extends ReproError {
  readonly code = 'REPRO_ENVIRONMENT_MISSING';
  readonly folder: string;

  constructor({ folder }: { readonly folder: string }) {
    super(`The Python environment ${folder} is not set up.`, {
      hint: `Run \`${howToType('env setup')}\`, then the same command again.`,
    });
    this.folder = folder;
  }
}
