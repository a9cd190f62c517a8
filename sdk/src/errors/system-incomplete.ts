import { ReproError } from '@repro/bridge';

/** One thing that was looked at. */
interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly cure?: string;
}

/** This machine lacks something that a run needs. Exit 4. */
export class SystemIncompleteError extends ReproError {
  readonly code = 'REPRO_SYSTEM_INCOMPLETE';
  /** Everything that was looked at, what is there as well. */
  readonly checks: readonly Check[];

  constructor({ checks }: { readonly checks: readonly Check[] }) {
    const missing = checks.filter(({ status }) => status === 'missing');
    super(`A run needs what is missing here: ${missing.map(({ name }) => name).join(', ')}.`, {
      hint: missing.map(({ cure }) => cure).find((cure) => cure !== undefined),
    });
    this.checks = checks;
  }
}
