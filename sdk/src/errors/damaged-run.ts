import { ReproError } from '@repro/bridge';

/** A file that describes the run cannot be understood. */
export class DamagedRunError extends ReproError {
  readonly code = 'REPRO_DAMAGED_RUN';
  readonly file: string;

  constructor({ file, problem, cause }: { readonly file: string; readonly problem: string; readonly cause?: unknown }) {
    super(`${file} ${problem}.`, { hint: 'Restore the file from a copy, or choose another run name.', cause });
    this.file = file;
  }
}
