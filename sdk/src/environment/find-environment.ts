import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Variables } from './cache-folder.ts';
import { locatePythonSources, type PythonSources } from './python-sources.ts';
import { type Lock, readLock } from './read-lock.ts';

/** What names an environment. */
export interface EnvironmentSelection {
  /** Lock that the environment is made from. */
  readonly lock?: string;
  /** Locks that are installed on top: `dev` for the tests and checks of this repository. */
  readonly additions?: readonly string[];
  readonly variables?: Variables;
  readonly sources?: PythonSources;
}

/** A complete Python environment. */
export interface PythonEnvironment {
  readonly folder: string;
  readonly python: string;
  readonly lock: Lock;
}

/** Where the environment of a lock belongs, whether it is there or not. */
export function placeEnvironment({
  lock: name = 'cpu',
  variables = process.env,
  sources = locatePythonSources(),
}: EnvironmentSelection = {}): PythonEnvironment {
  const lock = readLock(name, sources);
  const folder = join(cacheFolder(variables), 'env', `${lock.name}-${lock.hash}`);
  return { folder, python: join(folder, 'bin', 'python'), lock };
}

/** Written last: without it a folder is a broken attempt. */
export function completeStamp(folder: string, lock: Lock): string {
  return join(folder, `complete-${lock.name}-${lock.hash}.json`);
}

/** The environment when it is complete. Reads the lock and looks at two files; starts nothing. */
export function findEnvironment(selection: EnvironmentSelection = {}): PythonEnvironment | undefined {
  const { additions = [], sources = locatePythonSources() } = selection;
  const environment = placeEnvironment({ ...selection, sources });
  const locks = [environment.lock, ...additions.map((name) => readLock(name, sources))];
  const complete =
    existsSync(environment.python) && locks.every((lock) => existsSync(completeStamp(environment.folder, lock)));
  return complete ? environment : undefined;
}
