import { howToType, ReproError } from '@repro/bridge';

/** A file of a committed part is not what was committed. */
export class DamagedPartError extends ReproError {
  readonly code = 'REPRO_DAMAGED_PART';
  readonly file: string;
  /** Where in the file the damage was met, when that is known. */
  readonly byte: number | undefined;

  constructor({
    file,
    problem,
    byte,
    cause,
  }: { readonly file: string; readonly problem: string; readonly byte?: number; readonly cause?: unknown }) {
    super(`${file}${byte === undefined ? '' : `, byte ${byte}`}: ${problem}.`, {
      hint: `Run \`${howToType('verify')}\` for everything that is wrong; \`${howToType('run')}\` with \`--redo\` makes damaged parts again.`,
      cause,
    });
    this.file = file;
    this.byte = byte;
  }
}
