import { UnknownPluginError } from '../errors/plugin-not-found.ts';
import { nearest } from '../recipe/describe-issues.ts';
import { configJsonSchema } from './bind-config.ts';
import type { PluginListing, PluginRegistry } from './load-plugins.ts';

/** What a person needs to know to use a plugin. */
export interface PluginDescription extends PluginListing {
  readonly specificationVersion: string;
  readonly roles: readonly string[];
  /** Python requirements of its handler. */
  readonly requires: readonly string[];
  /** JSON Schema of what a recipe may say. */
  readonly config: unknown;
}

/** Imports the plugins of that name (one per kind) and describes them. */
export async function describePlugins(
  registry: PluginRegistry,
  name: string,
  kind?: string,
): Promise<readonly PluginDescription[]> {
  const found = registry.listings.filter((listing) => listing.name === name && kind === (kind && listing.kind));
  if (found.length === 0) {
    const known = registry.listings.map((listing) => listing.name);
    throw new UnknownPluginError({ kind: kind ?? 'plugin', plugin: name, guess: nearest(name, known), known });
  }
  return Promise.all(
    found.map(async (listing) => {
      const { specificationVersion, roles = [], handler, configSchema } = await registry.resolve(listing.kind, name);
      const requires = handler?.requires ?? [];
      return { ...listing, specificationVersion, roles, requires, config: configJsonSchema(configSchema) };
    }),
  );
}
