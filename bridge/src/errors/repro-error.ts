// A brand works across two copies of this package, where `instanceof` does not.
const brand = Symbol.for('repro.error');

export interface ReproErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Base of every error thrown on purpose. `code` is public API, `message` is not. */
export abstract class ReproError extends Error {
  readonly [brand] = true;
  abstract readonly code: `REPRO_${string}`;
  /** The next step, when there is one. */
  readonly hint: string | undefined;

  constructor(message: string, { hint, cause }: ReproErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** Whether `error` was thrown on purpose by repro (any copy of it). */
export function isReproErrorBase(error: unknown): error is ReproError {
  return typeof error === 'object' && error !== null && (error as { [brand]?: unknown })[brand] === true;
}
