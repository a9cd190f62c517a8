import { existsSync } from 'node:fs';
import { howToType } from '@repro/bridge';
import { cacheFolder } from './cache-folder.ts';
import { checkBridge } from './check-bridge.ts';
import { checkCores, checkDisk, checkGpu, checkMemory, checkNode } from './check-machine.ts';
import { checkPackages } from './check-packages.ts';
import {
  type EnvironmentSelection,
  findEnvironment,
  type PythonEnvironment,
  placeEnvironment,
} from './find-environment.ts';
import { findPython, pythonMinor } from './find-python.ts';
import { findPreparedModel } from './prepare-model.ts';
import { locatePythonSources } from './python-sources.ts';
import type { SystemCheck } from './system-check.ts';

const builtinModel = 'builtin:smollm2-135m';

/** What `repro doctor` shows: everything a run needs, whether it is there, and what cures what is not. Never throws for what it finds. */
export async function examineSystem(
  selection: EnvironmentSelection & { readonly onCheck?: (check: SystemCheck) => void } = {},
): Promise<readonly SystemCheck[]> {
  const { variables = process.env, sources = locatePythonSources(), onCheck } = selection;
  const environment = findEnvironment({ ...selection, variables, sources });
  const place = placeEnvironment({ ...selection, variables, sources });
  const python = variables.REPRO_PYTHON ?? environment?.python;

  const checks: SystemCheck[] = [];
  const add = (check: SystemCheck): void => {
    checks.push(check);
    onCheck?.(check);
  };
  add(checkNode());
  add(checkPlatform(place.lock.name));
  if (environment === undefined) add(await checkBasePython(variables));
  add(checkEnvironment(python, place.folder, place.lock.name));
  if (python !== undefined) add(await checkPackages(python, place.lock));
  if (environment) add(checkModel(environment, variables));
  add(await checkDisk(cacheFolder(variables)));
  add(checkMemory());
  add(checkCores());
  add(await checkGpu());
  if (python !== undefined) add(await checkBridge(python, sources.packages));
  return checks;
}

function checkPlatform(lock: string): SystemCheck {
  const found = `${process.platform} ${process.arch}`;
  const check = { name: 'platform', found, expected: `linux x64 for the lock "${lock}"` };
  if (found === 'linux x64') return { ...check, status: 'ok' };
  return { ...check, status: 'missing', cure: 'Use a Linux x86_64 container, or WSL 2 on Windows.' };
}

async function checkBasePython(variables: NonNullable<EnvironmentSelection['variables']>): Promise<SystemCheck> {
  const expected = `CPython ${pythonMinor} with venv and ensurepip`;
  try {
    const { executable, version } = await findPython({ variables });
    return { name: 'Python', status: 'ok', found: `${version} at ${executable}`, expected };
  } catch (error) {
    const { message, hint } = error as { readonly message: string; readonly hint?: string };
    return {
      name: 'Python',
      status: 'missing',
      found: message,
      expected,
      cure: hint ?? `Install Python ${pythonMinor}.`,
    };
  }
}

function checkEnvironment(python: string | undefined, folder: string, lock: string): SystemCheck {
  const check = { name: 'environment', expected: folder };
  if (python !== undefined) return { ...check, status: 'ok', found: python };
  const found = existsSync(folder) ? 'half-made' : 'absent';
  return { ...check, status: 'missing', found, cure: `Run \`${howToType(`env setup --lock ${lock}`)}\`.` };
}

/** Not needed before the first run, which prepares it. */
function checkModel(
  environment: PythonEnvironment,
  variables: NonNullable<EnvironmentSelection['variables']>,
): SystemCheck {
  const folder = findPreparedModel(environment, builtinModel);
  const found = folder ?? `not prepared in ${cacheFolder(variables)}; the first run does it in half a minute`;
  return { name: 'model', status: 'ok', found, expected: builtinModel };
}
