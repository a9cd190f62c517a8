import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeModel } from '../models/describe-model.ts';
import type { Variables } from './cache-folder.ts';
import type { PythonEnvironment } from './find-environment.ts';
import { locatePythonSources, type PythonSources } from './python-sources.ts';

export interface PrepareModelOptions {
  readonly variables?: Variables;
  readonly sources?: PythonSources;
  readonly onProgress?: (message: string) => void;
  readonly abortSignal?: AbortSignal;
}

/** Has Python resolve a model path (`builtin:smollm2-135m`) so that the first run need not convert it. Starts no Python when that was done. */
export async function prepareModel(
  environment: PythonEnvironment,
  path: string,
  { sources = locatePythonSources(), ...options }: PrepareModelOptions = {},
): Promise<{ readonly folder: string; readonly changed: boolean }> {
  const known = findPreparedModel(environment, path, sources);
  if (known !== undefined) return { folder: known, changed: false };
  const { folder } = await describeModel({ path }, { ...options, ...sources, python: environment.python });
  await writeFile(recordOf(environment, path, sources), folder);
  return { folder, changed: true };
}

/** Folder of a model that `prepareModel` has prepared. */
export function findPreparedModel(
  environment: PythonEnvironment,
  path: string,
  sources: PythonSources = locatePythonSources(),
): string | undefined {
  const record = recordOf(environment, path, sources);
  if (!existsSync(record)) return undefined;
  const folder = readFileSync(record, 'utf8');
  return existsSync(folder) ? folder : undefined;
}

/** Named by the code that resolves models too: a changed conversion is done again. */
function recordOf(environment: PythonEnvironment, path: string, { packages }: PythonSources): string {
  const code = join(packages, 'repro_worker', 'models');
  const files = readdirSync(code).filter((name) => name.endsWith('.py'));
  const hash = createHash('sha256');
  for (const name of files.sort()) hash.update(readFileSync(join(code, name)));
  return join(environment.folder, `model-${path.replace(/[^\w.-]/g, '-')}-${hash.digest('hex').slice(0, 12)}`);
}
