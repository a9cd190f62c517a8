import { ReproError } from '@repro/bridge';

/** A plugin's code could not be imported, or is not what its manifest says. */
export class PluginImportError extends ReproError {
  readonly code = 'REPRO_PLUGIN_IMPORT';
  readonly plugin: string;

  constructor(details: { readonly plugin: string; readonly problem: string; readonly cause?: unknown }) {
    super(`Plugin "${details.plugin}": ${details.problem}`, {
      hint: 'The manifest in its package.json and the exported object must agree on kind, name and specificationVersion.',
      cause: details.cause,
    });
    this.plugin = details.plugin;
  }
}

/** Two packages bring a plugin of the same kind and name. */
export class DuplicatePluginError extends ReproError {
  readonly code = 'REPRO_PLUGIN_DUPLICATE';
  readonly plugin: string;

  constructor(details: {
    readonly kind: string;
    readonly plugin: string;
    readonly packages: readonly [string, string];
  }) {
    const { kind, plugin, packages } = details;
    super(`The ${kind} "${plugin}" comes from both ${packages[0]} and ${packages[1]}.`, {
      hint: 'Remove one of the packages from `plugins:`.',
    });
    this.plugin = plugin;
  }
}
