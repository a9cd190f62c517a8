import { pathToFileURL } from 'node:url';
import type { PluginKind } from '../contract/plugin.ts';
import { PluginFileError } from '../errors/plugin-file.ts';
import type { EntryPlace } from './bind-config.ts';
import { checkPlugin } from './check-plugin.ts';
import { type PluginFile, readPluginFile } from './plugin-file.ts';
import { type PluginByKind, supportedVersions } from './plugin-kinds.ts';

/** A plugin whose code is one file, and that file. */
export interface FilePlugin<Kind extends PluginKind> {
  readonly plugin: PluginByKind[Kind];
  readonly file: PluginFile;
}

/** Whether `use:` names a file (`./my-reward.ts`) rather than a plugin of a package. */
export function isPluginFile(use: string | object): use is string {
  return typeof use === 'string' && /^\.{0,2}\//.test(use);
}

/** Imports a file that exports one plugin object, under `default` or any other name. */
export async function loadPluginFile<Kind extends PluginKind>(
  kind: Kind,
  use: string,
  { path, locate }: EntryPlace,
): Promise<FilePlugin<Kind>> {
  const at = { path: [...path, 'use'], place: locate([...path, 'use']) };
  const file = await readPluginFile(use, at);
  const hint = `Expected one exported ${kind}: \`export const mine = { specificationVersion: 'v1', kind: '${kind}', ... }\`.`;
  let module: Record<string, unknown>;
  try {
    // The hash is part of the address, so that a program which opens a changed file again gets it anew.
    module = await import(/* @vite-ignore */ `${pathToFileURL(file.path).href}?sha256=${file.sha256}`);
  } catch (cause) {
    const problem = `cannot be imported: ${String(cause)}`;
    const traceback = cause instanceof Error ? cause.stack : undefined;
    const importHint = `What it imports is looked for from its own folder; it is TypeScript without a build (no enum, no namespace).`;
    throw new PluginFileError({ ...at, file: file.path, problem, hint: importHint, traceback, cause });
  }
  const plugins = [...new Set(Object.values(module).filter(isPluginObject))];
  if (plugins.length !== 1) {
    const names = Object.entries(module).filter(([, value]) => plugins.length === 0 || isPluginObject(value));
    const found = names.map(([name]) => name).join(', ') || 'nothing';
    const problem =
      plugins.length === 0 ? `exports ${found}, and none of it is a plugin` : `exports several plugins: ${found}`;
    throw new PluginFileError({ ...at, file: file.path, problem: `${problem}.`, hint });
  }
  return { plugin: checkPlugin(plugins[0], kind, { label: file.path }), file };
}

/** What can only be meant as a plugin; whether it is a good one is checked afterwards. */
function isPluginObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(supportedVersions).includes(String((value as { kind?: unknown }).kind))
  );
}
