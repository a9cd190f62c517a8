import { ReproError } from '@repro/bridge';

/** A program asked for an endpoint that the recipe does not have. */
export class UnknownModelError extends ReproError {
  readonly code = 'REPRO_UNKNOWN_MODEL';
  readonly model: string;

  constructor({ model, known }: { readonly model: string; readonly known: readonly string[] }) {
    super(`There is no model "${model}"; models of this recipe: ${known.join(', ') || 'none'}.`, {
      hint: 'Add it under `models:`, or name one of those.',
    });
    this.model = model;
  }
}
