import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ModelNotPreparedError } from '../errors/model-not-prepared.ts';
import type { Variables } from './cache-folder.ts';
import type { PythonEnvironment } from './find-environment.ts';
import { locatePythonSources, type PythonSources } from './python-sources.ts';

export interface PrepareModelOptions {
  readonly variables?: Variables;
  readonly sources?: PythonSources;
  readonly onProgress?: (message: string) => void;
  readonly abortSignal?: AbortSignal;
}

/** Has a worker resolve a model path (`builtin:smollm2-135m`) so that the first run need not convert it. Starts no Python when that was done. */
export async function prepareModel(
  environment: PythonEnvironment,
  path: string,
  { variables = process.env, sources = locatePythonSources(), onProgress, abortSignal }: PrepareModelOptions = {},
): Promise<{ readonly folder: string; readonly changed: boolean }> {
  const record = recordOf(environment, path, sources);
  const known = readRecord(record);
  if (known !== undefined) return { folder: known, changed: false };

  const worker = execa(environment.python, ['-m', 'repro_worker.models', path], {
    env: { ...variables, PYTHONPATH: sources.packages, PYTHONNOUSERSITE: '1', PYTHONSAFEPATH: '1' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    ...(abortSignal && { cancelSignal: abortSignal }),
  });
  for await (const line of worker.iterable({ from: 'stderr' })) onProgress?.(line);
  const result = await worker;
  abortSignal?.throwIfAborted();
  if (result.failed)
    throw new ModelNotPreparedError({ path, output: result.stderr.split('\n').slice(-20), cause: result });
  const folder = result.stdout.trim();
  await writeFile(record, folder);
  return { folder, changed: true };
}

/** Folder of a model that `prepareModel` has prepared. */
export function findPreparedModel(
  environment: PythonEnvironment,
  path: string,
  sources: PythonSources = locatePythonSources(),
): string | undefined {
  return readRecord(recordOf(environment, path, sources));
}

/** Named by the code that resolves models too: a changed conversion is done again. */
function recordOf(environment: PythonEnvironment, path: string, { packages }: PythonSources): string {
  const hash = createHash('sha256');
  const code = join(packages, 'repro_worker', 'models');
  for (const name of readdirSync(code)
    .filter((file) => file.endsWith('.py'))
    .sort()) {
    hash.update(readFileSync(join(code, name)));
  }
  return join(environment.folder, `model-${path.replace(/[^\w.-]/g, '-')}-${hash.digest('hex').slice(0, 12)}`);
}

function readRecord(record: string): string | undefined {
  if (!existsSync(record)) return undefined;
  const folder = readFileSync(record, 'utf8');
  return existsSync(folder) ? folder : undefined;
}
