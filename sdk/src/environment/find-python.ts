import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { PythonNotFoundError } from '../errors/python-not-found.ts';
import { cacheFolder, type Variables } from './cache-folder.ts';

/** The locks are compiled for this minor version. */
export const pythonMinor = '3.11';

export interface Interpreter {
  readonly executable: string;
  readonly version: string;
}

// A name on PATH proves nothing: a pyenv shim may point nowhere, and Debian ships Python without ensurepip.
const probe = `
import ensurepip, json, platform, sys, venv
print(json.dumps({"executable": sys.executable, "version": platform.python_version(), "implementation": platform.python_implementation()}))
`;
const Probe = z.object({ executable: z.string(), version: z.string(), implementation: z.string() });

/** The first interpreter that can really make the environment; each candidate is run. `REPRO_BASE_PYTHON` alone is tried when it is set. */
export async function findPython({
  variables = process.env,
  abortSignal,
}: {
  readonly variables?: Variables;
  readonly abortSignal?: AbortSignal | undefined;
} = {}): Promise<Interpreter> {
  const tried: { executable: string; problem: string }[] = [];
  for (const executable of variables.REPRO_BASE_PYTHON ? [variables.REPRO_BASE_PYTHON] : listCandidates(variables)) {
    const result = await tryInterpreter(executable, variables, abortSignal);
    if ('interpreter' in result) return result.interpreter;
    tried.push({ executable, problem: result.problem });
  }
  throw new PythonNotFoundError({ expected: `CPython ${pythonMinor}`, tried });
}

function listCandidates(variables: Variables): readonly string[] {
  const onPath = (variables.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const pyenvRoots = [
    ...(variables.PYENV_ROOT ? [variables.PYENV_ROOT] : []),
    ...onPath.filter((folder) => folder.endsWith('/shims')).map(dirname),
    ...(variables.HOME ? [join(variables.HOME, '.pyenv')] : []),
  ];
  const ownEnvironments = cacheFolder(variables);
  const candidates = [
    ...onPath.map((folder) => join(folder, `python${pythonMinor}`)),
    ...onPath.map((folder) => join(folder, 'python3')),
    ...pyenvRoots.flatMap(listPyenvVersions),
    `/usr/bin/python${pythonMinor}`,
    `/usr/local/bin/python${pythonMinor}`,
  ];
  return [...new Set(candidates)].filter((path) => existsSync(path) && !path.startsWith(ownEnvironments));
}

function listPyenvVersions(root: string): readonly string[] {
  const versions = join(root, 'versions');
  if (!existsSync(versions)) return [];
  const names = readdirSync(versions).filter((name) => name.startsWith(`${pythonMinor}.`));
  return names.map((name) => join(versions, name, 'bin', `python${pythonMinor}`));
}

async function tryInterpreter(
  executable: string,
  variables: Variables,
  abortSignal: AbortSignal | undefined,
): Promise<{ readonly interpreter: Interpreter } | { readonly problem: string }> {
  const result = await execa(executable, ['-I', '-c', probe], {
    env: variables,
    extendEnv: false,
    reject: false,
    timeout: 20_000,
    ...(abortSignal && { cancelSignal: abortSignal }),
  });
  abortSignal?.throwIfAborted();
  if (result.failed)
    return { problem: result.stderr?.trim().split('\n').at(-1) || result.shortMessage || 'does not start' };
  const found = Probe.parse(JSON.parse(result.stdout));
  if (found.implementation !== 'CPython' || !found.version.startsWith(`${pythonMinor}.`)) {
    return { problem: `is ${found.implementation} ${found.version}` };
  }
  return { interpreter: { executable: found.executable, version: found.version } };
}
