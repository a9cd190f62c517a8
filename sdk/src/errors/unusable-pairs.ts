import { ReproError } from '@repro/bridge';

interface Details {
  readonly file: string;
  readonly line?: number;
  readonly problem: string;
  readonly cause?: unknown;
}

/** Labelled pairs that no reward can be tested on. */
export class UnusablePairsError extends ReproError {
  readonly code = 'REPRO_UNUSABLE_PAIRS';
  readonly file: string;
  readonly line: number | undefined;

  constructor({ file, line, problem, cause }: Details) {
    super(`${file}${line === undefined ? '' : `:${line}`} ${problem}.`, {
      hint: 'Expected a .jsonl file with the fields id, kind, source and rephrased in each line, and group where several pairs have one source.',
      cause,
    });
    this.file = file;
    this.line = line;
  }
}
