import { glob, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ShardNameTakenError } from './shard-name-taken-error.ts';
import { ShardsNotFoundError } from './shards-not-found-error.ts';

export interface ShardFile {
  /** The path below the part of its pattern that has no wildcard, with `/`: unchanged when files are added beside it. */
  readonly name: string;
  readonly path: string;
  /** Size and time of the last change, in nanoseconds. */
  readonly version: string;
}

/** Every file that the paths and globs name, each once, in the order of their names; `extension` is for advice only. */
export async function listShardFiles(patterns: readonly string[], extension: string): Promise<readonly ShardFile[]> {
  const paths = new Set<string>();
  const files = new Map<string, ShardFile>();
  for (const pattern of patterns) {
    for (const file of await findFiles(resolve(pattern), extension)) {
      if (paths.has(file.path)) {
        continue; // named by two patterns
      }
      const other = files.get(file.name);
      if (other) {
        throw new ShardNameTakenError({ shard: file.name, files: [other.path, file.path] });
      }
      paths.add(file.path);
      files.set(file.name, file);
    }
  }
  return [...files.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A path that exists is that file, even if it holds a bracket or a star. */
async function findFiles(pattern: string, extension: string): Promise<readonly ShardFile[]> {
  const literal = await readFile(pattern, dirname(pattern));
  if (literal) {
    return [literal];
  }
  const folder = staticFolder(pattern);
  const paths = isGlob(pattern) ? await Array.fromAsync(glob(pattern, { followSymlinks: true })) : [];
  const files = await Promise.all(paths.map((path) => readFile(path, folder)));
  const found = files.filter((file) => file !== undefined);
  if (found.length === 0) {
    throw new ShardsNotFoundError({ path: pattern, problem: await describePlace(pattern, folder, extension) });
  }
  return found;
}

async function readFile(path: string, folder: string): Promise<ShardFile | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) {
    return undefined;
  }
  return {
    name: relative(folder, path).split(sep).join('/'),
    path,
    version: `${found.size}-${found.mtimeNs}`,
  };
}

function isGlob(pattern: string): boolean {
  return /[*?[{]|[!+@]\(/.test(pattern);
}

/** The folder before the first wildcard. */
function staticFolder(pattern: string): string {
  let folder = pattern;
  while (isGlob(folder)) {
    folder = dirname(folder);
  }
  return folder === pattern ? dirname(pattern) : folder;
}

const mostNamesShown = 10;

/** What stands where the pattern looked: its folder, or the nearest one above it that exists. */
async function describePlace(pattern: string, folder: string, extension: string): Promise<string> {
  if (await isFolder(pattern)) {
    return `it is a folder; name its files, as in "${join(pattern, `*.${extension}`)}"`;
  }
  if (!(await isFolder(folder))) {
    const parent = dirname(folder);
    const missing = `there is no folder "${folder}"`;
    return parent === folder || !(await isFolder(parent)) ? missing : `${missing}; ${await describeFolder(parent)}`;
  }
  return describeFolder(folder);
}

async function describeFolder(folder: string): Promise<string> {
  const names = (await readdir(folder)).toSorted();
  const more = names.length > mostNamesShown ? ` and ${names.length - mostNamesShown} more` : '';
  return names.length === 0
    ? `"${folder}" is empty`
    : `"${folder}" holds ${names.slice(0, mostNamesShown).join(', ')}${more}`;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
