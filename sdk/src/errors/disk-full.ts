import { ReproError } from '@repro/bridge';

/** The disk, a quota or a file-size limit refused a write. What was committed before is whole. */
export class DiskFullError extends ReproError {
  readonly code = 'REPRO_DISK_FULL';
  readonly path: string;

  constructor({ path, cause }: { readonly path: string; readonly cause: unknown }) {
    super(`No space left to write ${path}.`, {
      hint: 'Free space and run the same command again: it continues where it stopped.',
      cause,
    });
    this.path = path;
  }
}

/** What DuckDB threw while it wrote `path`, by its name: it gives no error numbers. */
export function nameFullDisk(path: string, cause: unknown): unknown {
  return /No space left|quota exceeded/i.test(String(cause)) ? new DiskFullError({ path, cause }) : cause;
}
