import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { PluginKind } from '../contract/plugin.ts';
import { PluginManifestError, UnsupportedSpecificationError } from '../errors/plugin-manifest.ts';
import { PluginPackageNotFoundError } from '../errors/plugin-not-found.ts';
import { supportedVersions } from './plugin-kinds.ts';

const Manifest = z.object({
  name: z.string(),
  version: z.string().default('0.0.0'),
  exports: z.unknown().optional(),
  main: z.string().optional(),
  repro: z.object({
    plugins: z
      .array(
        z.object({
          kind: z.enum(['rephraser', 'reward', 'dataset', 'evaluator']),
          name: z.string(),
          export: z.string(),
          specificationVersion: z.string(),
        }),
      )
      .min(1),
  }),
});

export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  /** File to import; nothing of the package has run yet. */
  readonly entry: string;
  /** Labelled pairs to test rewards with, where the package brings some: its export "./pairs.jsonl". */
  readonly pairs: string | undefined;
  readonly plugins: readonly { readonly kind: PluginKind; readonly name: string; readonly export: string }[];
}

/** Finds a package (or local folder) from the recipe's folder and checks its manifest before any of its code runs. */
export async function findPluginPackage(plugin: string, folder: string): Promise<PluginPackage> {
  const packageFolder = findFolder(plugin, folder);
  if (packageFolder === undefined) {
    throw new PluginPackageNotFoundError({ plugin, folder });
  }
  const file = join(packageFolder, 'package.json');
  const manifest = await readManifest(file);
  for (const { name, kind, specificationVersion } of manifest.repro.plugins) {
    if (!supportedVersions[kind].includes(specificationVersion)) {
      throw new UnsupportedSpecificationError({
        plugin: `${manifest.name}: ${name}`,
        found: specificationVersion,
        supported: supportedVersions[kind],
      });
    }
  }
  const target = entryOf(manifest.exports) ?? manifest.main;
  const entry = target === undefined ? undefined : join(packageFolder, target);
  if (entry === undefined || !existsSync(entry)) {
    throw new PluginManifestError({
      file,
      problem: entry === undefined ? 'its "exports" has no "." entry.' : `it points to ${entry}, which is not there.`,
    });
  }
  const pairs = entryOf(manifest.exports, './pairs.jsonl');
  return {
    name: manifest.name,
    version: manifest.version,
    entry,
    pairs: pairs && join(packageFolder, pairs),
    plugins: manifest.repro.plugins,
  };
}

async function readManifest(file: string): Promise<z.infer<typeof Manifest>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PluginManifestError({ file, problem: (error as Error).message });
  }
  const parsed = Manifest.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PluginManifestError({ file, problem: `${issue?.path.join('.')}: ${issue?.message}` });
  }
  return parsed.data;
}

/** The way Node looks for a package, from the recipe's folder upwards; our own built-ins are also found beside the SDK. */
function findFolder(plugin: string, folder: string): string | undefined {
  if (plugin.startsWith('.') || plugin.startsWith('/')) {
    const local = resolve(folder, plugin);
    return existsSync(join(local, 'package.json')) ? local : undefined;
  }
  const starts = plugin === '@repro/plugins' ? [folder, dirname(fileURLToPath(import.meta.url))] : [folder];
  return starts
    .flatMap(ancestors)
    .map((ancestor) => join(ancestor, 'node_modules', plugin))
    .find((candidate) => existsSync(join(candidate, 'package.json')));
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

/** From source our own packages are read from source as well; strangers ship JavaScript, so they lack the condition. */
const conditions = [...(import.meta.url.endsWith('.ts') ? ['repro-src'] : []), 'node', 'import', 'default'];

/** The file that a package exports under a path. */
function entryOf(exports: unknown, path = '.'): string | undefined {
  const hasPaths = typeof exports === 'object' && exports !== null && Object.keys(exports).some(isPath);
  if (!hasPaths) {
    return path === '.' ? targetOf(exports) : undefined;
  }
  return targetOf((exports as Readonly<Record<string, unknown>>)[path]);
}

function targetOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') {
    return exported;
  }
  if (typeof exported !== 'object' || exported === null) {
    return undefined;
  }
  const hit = Object.entries(exported).find(([condition]) => conditions.includes(condition));
  return hit === undefined ? undefined : targetOf(hit[1]);
}

function isPath(key: string): boolean {
  return key.startsWith('.');
}
