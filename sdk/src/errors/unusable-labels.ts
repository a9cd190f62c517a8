import { ReproError } from '@repro/bridge';

/** Labelled pages that nothing can be learned from: a record without what it needs, or too few of one sort. */
export class UnusableLabelsError extends ReproError {
  readonly code = 'REPRO_UNUSABLE_LABELS';

  constructor(problem: string, { cause }: { readonly cause?: unknown } = {}) {
    super(problem, {
      hint: 'Expected a .jsonl file with a text and a number in each record; --text and --label name their fields, --positive the number from which a page is good.',
      cause,
    });
  }
}
