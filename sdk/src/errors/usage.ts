import { howToType, ReproError } from '@repro/bridge';

/** What was typed is no command of ours, or lacks or has what it must not. Exit 2. */
export class UsageError extends ReproError {
  readonly code = 'REPRO_USAGE';

  constructor(message: string, { command, cause }: { readonly command?: string; readonly cause?: unknown } = {}) {
    const help = howToType([...(command ? [command] : []), '--help'].join(' '));
    super(message, { hint: `\`${help}\` says what there is.`, cause });
  }
}
