import { howToType, ReproError } from '@repro/bridge';

export class RunNotFoundError extends ReproError {
  readonly code = 'REPRO_RUN_NOT_FOUND';
  readonly folder: string;

  constructor({ folder }: { readonly folder: string }) {
    super(`${folder} is not a run folder: it has no run.json.`, {
      hint: `Name the folder of one run, such as runs/quickstart; \`${howToType('run RECIPE')}\` makes one.`,
    });
    this.folder = folder;
  }
}
