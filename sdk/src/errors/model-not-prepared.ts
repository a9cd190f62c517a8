import { howToType, ReproError } from '@repro/bridge';

/** A worker could not find or convert a model before the run. Exit 4. */
export class ModelNotPreparedError extends ReproError {
  readonly code = 'REPRO_MODEL_NOT_PREPARED';
  readonly path: string;
  /** The last lines that the worker wrote. */
  readonly output: readonly string[];

  constructor({
    path,
    output,
    cause,
  }: { readonly path: string; readonly output: readonly string[]; readonly cause: unknown }) {
    super(`Model "${path}" could not be prepared: ${output.at(-1) ?? 'the worker wrote nothing'}`, {
      hint: `Check the path; \`${howToType('doctor')}\` says whether the Python environment is whole.`,
      cause,
    });
    this.path = path;
    this.output = output;
  }
}
