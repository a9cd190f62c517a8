import { ReproError } from '@repro/bridge';

/** Reinforcement learning compares answers to one prompt; this rephraser cannot be trained that way. */
export class UntrainableMethodError extends ReproError {
  readonly code = 'REPRO_UNTRAINABLE_METHOD';
  readonly method: string;

  constructor({ method, why }: { readonly method: string; readonly why: string }) {
    super(`The rephraser "${method}" cannot be trained: it ${why}.`, {
      hint: 'Train a rephraser that asks one prompt for each passage, or take `train` out of the recipe.',
    });
    this.method = method;
  }
}
