import { ReproError } from '@repro/bridge';

/** A package or folder that the recipe names under `plugins:` is not there. */
export class PluginPackageNotFoundError extends ReproError {
  readonly code = 'REPRO_PLUGIN_PACKAGE_NOT_FOUND';
  readonly plugin: string;

  constructor({ plugin, folder }: { readonly plugin: string; readonly folder: string }) {
    super(`Plugin package "${plugin}" was not found from ${folder}.`, {
      hint: plugin.startsWith('.')
        ? 'A local plugin is a folder with a package.json; its path starts from the recipe.'
        : `Run \`npm install ${plugin}\` in the folder of the recipe. Nothing is installed as a side effect.`,
    });
    this.plugin = plugin;
  }
}

/** No loaded package has a plugin of this kind and name. */
export class UnknownPluginError extends ReproError {
  readonly code = 'REPRO_UNKNOWN_PLUGIN';
  readonly kind: string;
  readonly plugin: string;

  constructor(details: {
    readonly kind: string;
    readonly plugin: string;
    readonly guess: string | undefined;
    readonly known: readonly string[];
  }) {
    const { kind, plugin, guess, known } = details;
    super(
      `There is no ${kind} "${plugin}" in the plugins of this recipe${guess ? `; did you mean "${guess}"?` : '.'}`,
      {
        hint: `Known: ${known.join(', ') || 'none'}. Packages are named under \`plugins:\`.`,
      },
    );
    this.kind = kind;
    this.plugin = plugin;
  }
}
