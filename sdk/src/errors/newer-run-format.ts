import { ReproError } from '@repro/bridge';

/** The run was written by a release whose files this one would misread. */
export class NewerRunFormatError extends ReproError {
  readonly code = 'REPRO_NEWER_RUN_FORMAT';
  readonly file: string;
  readonly found: number;
  readonly supported: number;

  constructor({
    file,
    found,
    supported,
  }: { readonly file: string; readonly found: number; readonly supported: number }) {
    super(`${file} has format ${found}, this release reads up to ${supported}.`, {
      hint: 'Use the release that made the run, or a newer one; or choose another run name.',
    });
    this.file = file;
    this.found = found;
    this.supported = supported;
  }
}
