import { ReproError } from '@repro/bridge';
import { describeProblem, type RecipePath, type RecipePlace } from './recipe.ts';

/** A file that a recipe names as a plugin is not there, cannot be imported, or holds no plugin of that kind. */
export class PluginFileError extends ReproError {
  readonly code = 'REPRO_PLUGIN_FILE';
  readonly file: string;
  /** Keys and indexes of the entry in the recipe. */
  readonly path: RecipePath;
  /** Of the import, in the words of the file's own language. */
  readonly traceback: string | undefined;

  constructor(details: {
    readonly file: string;
    readonly problem: string;
    readonly path: RecipePath;
    readonly place: RecipePlace;
    readonly hint: string;
    readonly traceback?: string | undefined;
    readonly cause?: unknown;
  }) {
    const { file, problem, path, place, hint, traceback, cause } = details;
    super(describeProblem({ path, place, message: `${file} ${problem}` }), { hint, cause });
    this.file = file;
    this.path = path;
    this.traceback = traceback;
  }
}
