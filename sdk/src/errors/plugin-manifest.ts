import { ReproError } from '@repro/bridge';

/** A package says nothing, or nothing readable, under `repro.plugins` of its package.json. */
export class PluginManifestError extends ReproError {
  readonly code = 'REPRO_PLUGIN_MANIFEST';
  readonly file: string;

  constructor({ file, problem }: { readonly file: string; readonly problem: string }) {
    super(`${file}: ${problem}`, {
      hint: 'Expected "repro": { "plugins": [{ "kind": "reward", "name": "tone", "export": "toneReward", "specificationVersion": "v1" }] }.',
    });
    this.file = file;
  }
}

/** A plugin was built against another version of its interface. */
export class UnsupportedSpecificationError extends ReproError {
  readonly code = 'REPRO_UNSUPPORTED_SPECIFICATION';
  readonly plugin: string;
  readonly found: string;

  constructor(details: { readonly plugin: string; readonly found: string; readonly supported: readonly string[] }) {
    const { plugin, found, supported } = details;
    super(`Plugin "${plugin}" implements specification ${found}, this SDK runs ${supported.join(', ')}.`, {
      hint: `Install a release of "${plugin}" built for ${supported.at(-1)}, or pin the SDK it was built for.`,
    });
    this.plugin = plugin;
    this.found = found;
  }
}
