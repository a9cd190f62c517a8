import { ReproError } from '@repro/bridge';

export interface ExistingPart {
  readonly part: string;
  readonly shard: string;
  /** Why it is not what this command would make. */
  readonly why: string;
}

/** The run folder holds parts that this command would not make the same way; nothing was touched. */
export class ExistingOutputError extends ReproError {
  readonly code = 'REPRO_EXISTING_OUTPUT';
  readonly run: string;
  readonly parts: readonly ExistingPart[];

  constructor({ run, parts }: { readonly run: string; readonly parts: readonly ExistingPart[] }) {
    const shown = parts.slice(0, 10).map(({ part, shard, why }) => `  ${part} (${shard}): ${why}`);
    const more = parts.length > shown.length ? [`  and ${parts.length - shown.length} more`] : [];
    super([`${run} holds output that this command would make differently:`, ...shown, ...more].join('\n'), {
      hint: 'Use another run with --run NAME, --keep these parts as they are, or --redo them (they are thrown away).',
    });
    this.run = run;
    this.parts = parts;
  }
}
