import { ReproError } from '@repro/bridge';

/** There is no lock of that name. */
export class UnknownLockError extends ReproError {
  readonly code = 'REPRO_UNKNOWN_LOCK';
  readonly lock: string;
  readonly known: readonly string[];

  constructor({ lock, known }: { readonly lock: string; readonly known: readonly string[] }) {
    super(`There is no lock "${lock}"; there are ${known.join(', ')}.`, { hint: 'Choose one of these with `--lock`.' });
    this.lock = lock;
    this.known = known;
  }
}
