import { ReproError } from '@repro/bridge';

/** There is nothing to imitate: the pairs of `train.pairs` cannot be read, or the rephraser takes none of the answers. */
export class UnusableTrainingPairsError extends ReproError {
  readonly code = 'REPRO_UNUSABLE_TRAINING_PAIRS';
  /** File or run folder. */
  readonly source: string;

  constructor({
    source,
    problem,
    hint = 'Expected originals of one passage (a larger `maxCharacters` takes longer ones) and answers that the rephraser itself would take; one that lacks the agreed opener gets it with `train.pairs.opener`.',
    cause,
  }: { readonly source: string; readonly problem: string; readonly hint?: string; readonly cause?: unknown }) {
    super(`${source} ${problem}.`, { hint, cause });
    this.source = source;
  }
}
