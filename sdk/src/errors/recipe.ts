import { ReproError } from '@repro/bridge';

/** Keys and indexes from the recipe's root. */
export type RecipePath = readonly (string | number)[];

export interface RecipePlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Folder that relative paths written here start from. */
  readonly folder: string;
}

export interface RecipeProblem {
  readonly path: RecipePath;
  readonly message: string;
  readonly place?: RecipePlace | undefined;
}

/** The recipe says something that cannot be done; every problem found is listed with its place. */
export class RecipeError extends ReproError {
  readonly code = 'REPRO_RECIPE';
  readonly problems: readonly RecipeProblem[];

  constructor(problems: readonly RecipeProblem[], options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(problems.map(describeProblem).join('\n'), options);
    this.problems = problems;
  }
}

/** `rewards.0.weight`, as `--set` takes it. */
export function recipePathText(path: RecipePath): string {
  return path.join('.');
}

/** One line: where in which file, the path, what is wrong. */
export function describeProblem({ path, message, place }: RecipeProblem): string {
  const where = place?.file === undefined ? [] : [`${place.file}:${place.line}:${place.column}`];
  return [...where, ...(path.length > 0 ? [recipePathText(path)] : []), message].join(': ');
}
