import { loadPlugins, type PluginRegistry } from '../plugins/load-plugins.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';

/** The plugins that a recipe names, or the built-in ones where there is none. */
export async function openPlugins(recipe: string | undefined): Promise<PluginRegistry> {
  if (recipe === undefined) {
    return loadPlugins(['@repro/plugins'], () => process.cwd());
  }
  const { plugins, locate } = await loadRecipe(recipe);
  return loadPlugins(plugins, (index) => locate(['plugins', index]).folder);
}
