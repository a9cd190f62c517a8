import { ReproError } from '@repro/bridge';

/** No checkpoint is good enough to be used. All of them and their evaluations are kept. */
export class TrainingRejectedError extends ReproError {
  readonly code = 'REPRO_TRAINING_REJECTED';
  readonly run: string;
  /** What each checkpoint has and lacks, one line each. */
  readonly checkpoints: readonly string[];

  constructor({ run, checkpoints }: { readonly run: string; readonly checkpoints: readonly string[] }) {
    super([`No checkpoint of ${run} meets the floors of train.evaluation.floors:`, ...checkpoints].join('\n'), {
      hint: 'Train otherwise (fewer steps, a lower learning rate, other weights of the rewards), or state lower floors and run it again: nothing is trained twice for that.',
    });
    this.run = run;
    this.checkpoints = checkpoints;
  }
}
