import type { ConfigSchema, PluginKind } from '../contract/plugin.ts';
import { PluginImportError } from '../errors/plugin-import.ts';
import { UnsupportedSpecificationError } from '../errors/plugin-manifest.ts';
import { configJsonSchema } from './bind-config.ts';
import { type PluginByKind, requiredHooks, supportedVersions } from './plugin-kinds.ts';

/** Checks that an object is a plugin of this kind (and name, when its manifest gives one) that this SDK can run. */
export function checkPlugin<Kind extends PluginKind>(
  candidate: unknown,
  kind: Kind,
  expected: { readonly name?: string; readonly label: string },
): PluginByKind[Kind] {
  const { label } = expected;
  if (typeof candidate !== 'object' || candidate === null) {
    throw new PluginImportError({ plugin: label, problem: `found ${typeof candidate}, expected a ${kind} object.` });
  }
  const plugin = candidate as Record<string, unknown>;
  const differs = (
    [
      ['kind', plugin.kind, kind],
      ['name', plugin.name, expected.name ?? plugin.name],
    ] as const
  ).find(([, found, wanted]) => found !== wanted);
  if (differs !== undefined) {
    const [field, found, wanted] = differs;
    throw new PluginImportError({
      plugin: label,
      problem: `its ${field} is "${String(found)}", expected "${wanted}".`,
    });
  }
  if (typeof plugin.name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin.name)) {
    throw new PluginImportError({ plugin: label, problem: `its name is ${String(plugin.name)}, expected kebab-case.` });
  }
  const version = String(plugin.specificationVersion);
  if (!supportedVersions[kind].includes(version)) {
    throw new UnsupportedSpecificationError({ plugin: label, found: version, supported: supportedVersions[kind] });
  }
  const missing = requiredHooks[kind].filter((hook) => typeof plugin[hook] !== 'function');
  if (missing.length > 0) {
    throw new PluginImportError({ plugin: label, problem: `it has no function ${missing.join(', ')}.` });
  }
  try {
    configJsonSchema(plugin.configSchema as ConfigSchema<unknown>);
  } catch (cause) {
    throw new PluginImportError({
      plugin: label,
      problem: `its configSchema is no Standard Schema with JSON Schema output, as a zod strict object is: ${(cause as Error).message}`,
      cause,
    });
  }
  return candidate as PluginByKind[Kind];
}
