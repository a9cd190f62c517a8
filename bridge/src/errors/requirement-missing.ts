import { WorkerError } from './worker-error.ts';

/** A Python package that a plugin requires is absent or of another version. */
export class RequirementMissingError extends WorkerError {
  readonly code = 'REPRO_REQUIREMENT_MISSING';
}
