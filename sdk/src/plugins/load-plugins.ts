import { pathToFileURL } from 'node:url';
import type { PluginKind } from '../contract/plugin.ts';
import { DuplicatePluginError, PluginImportError } from '../errors/plugin-import.ts';
import { UnknownPluginError } from '../errors/plugin-not-found.ts';
import { nearest } from '../recipe/describe-issues.ts';
import { checkPlugin } from './check-plugin.ts';
import { findPluginPackage } from './find-package.ts';
import type { PluginByKind } from './plugin-kinds.ts';

/** What is known of a plugin without running its code. */
export interface PluginListing {
  readonly kind: PluginKind;
  readonly name: string;
  readonly package: string;
  readonly version: string;
}

export interface PluginRegistry {
  readonly listings: readonly PluginListing[];
  /** Imports a plugin by name, or checks an object that stands where a name does. */
  resolve<Kind extends PluginKind>(kind: Kind, use: string | object): Promise<PluginByKind[Kind]>;
}

/**
 * Finds and checks the packages of a recipe, each from the folder that `folderOf` gives for its place in the list. Their
 * code is imported only for plugins that are used.
 */
export async function loadPlugins(
  packages: readonly string[],
  folderOf: (index: number) => string,
): Promise<PluginRegistry> {
  const found = new Map<string, PluginListing & { readonly export: string; readonly entry: string }>();
  for (const [index, name] of packages.entries()) {
    const plugins = await findPluginPackage(name, folderOf(index));
    for (const plugin of plugins.plugins) {
      const key = `${plugin.kind}/${plugin.name}`;
      const other = found.get(key);
      if (other !== undefined) {
        throw new DuplicatePluginError({
          kind: plugin.kind,
          plugin: plugin.name,
          packages: [other.package, plugins.name],
        });
      }
      found.set(key, { ...plugin, package: plugins.name, version: plugins.version, entry: plugins.entry });
    }
  }

  return {
    listings: [...found.values()].map(({ kind, name, package: from, version }) => ({
      kind,
      name,
      package: from,
      version,
    })),

    async resolve(kind, use) {
      if (typeof use === 'object') {
        return checkPlugin(use, kind, { label: String((use as { name?: unknown }).name ?? 'without a name') });
      }
      const plugin = found.get(`${kind}/${use}`);
      if (plugin === undefined) {
        const known = [...found.values()].filter((other) => other.kind === kind).map(({ name }) => name);
        throw new UnknownPluginError({ kind, plugin: use, guess: nearest(use, known), known });
      }
      const label = `${plugin.package}: ${plugin.name}`;
      let module: Record<string, unknown>;
      try {
        module = await import(/* @vite-ignore */ pathToFileURL(plugin.entry).href);
      } catch (error) {
        throw new PluginImportError({
          plugin: label,
          problem: `${plugin.entry} failed: ${String(error)}`,
          cause: error,
        });
      }
      if (module[plugin.export] === undefined) {
        throw new PluginImportError({ plugin: label, problem: `${plugin.entry} has no export "${plugin.export}".` });
      }
      return checkPlugin(module[plugin.export], kind, { name: plugin.name, label });
    },
  };
}
