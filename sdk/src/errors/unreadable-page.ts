import { ReproError } from '@repro/bridge';

/** The file given to `try` is no readable UTF-8 text. */
export class UnreadablePageError extends ReproError {
  readonly code = 'REPRO_UNREADABLE_PAGE';
  readonly file: string;

  constructor({ file, cause }: { readonly file: string; readonly cause: unknown }) {
    super(`${file} cannot be read as UTF-8 text: ${(cause as Error).message}`, { hint: 'Give a text file.', cause });
    this.file = file;
  }
}
