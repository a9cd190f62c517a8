import { howToType, ReproError } from '@repro/bridge';

export interface VerifyProblem {
  /** Relative to the run folder. */
  readonly file: string;
  readonly problem: string;
}

/** Committed output is not what its counts and hashes say. */
export class VerifyFailedError extends ReproError {
  readonly code = 'REPRO_VERIFY_FAILED';
  readonly run: string;
  /** Everything that was found, not just the first. */
  readonly problems: readonly VerifyProblem[];

  constructor({ run, problems }: { readonly run: string; readonly problems: readonly VerifyProblem[] }) {
    const lines = problems.map(({ file, problem }) => `${file}: ${problem}`);
    super(`${problems.length} problem${problems.length === 1 ? '' : 's'} in ${run}:\n${lines.join('\n')}`, {
      hint: `Restore the files from a copy, or make the damaged parts again: \`${howToType('run RECIPE --redo')}\`.`,
    });
    this.run = run;
    this.problems = problems;
  }
}
