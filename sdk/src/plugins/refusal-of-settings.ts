import type { SettingsRefusedError } from '../contract/settings-refused.ts';
import { RecipeError } from '../errors/recipe.ts';
import type { EntryPlace } from './bind-config.ts';

/** The recipe's error for what a hook threw, when the hook refused the settings of its entry. */
export function refusalOfSettings(thrown: unknown, { path, locate }: EntryPlace): RecipeError | undefined {
  const { code, message } = (thrown instanceof Error ? thrown : {}) as Partial<SettingsRefusedError>;
  return code === 'REPRO_SETTINGS_REFUSED'
    ? new RecipeError([{ path, message: message ?? '', place: locate(path) }], { cause: thrown })
    : undefined;
}

/** Runs a hook that does work; settings that it refuses are an error of the recipe. */
export async function orRefusal<Result>(place: EntryPlace, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw refusalOfSettings(error, place) ?? error;
  }
}
