import { existsSync } from 'node:fs';
import { howToType } from '@repro/bridge';
import { cacheFolder, type Variables } from './cache-folder.ts';
import { checkBridge } from './check-bridge.ts';
import { checkCacheFolder, checkSocketFolder } from './check-folders.ts';
import { checkCores, checkDisk, checkGpu, checkMemory, checkNode, checkPlatform } from './check-machine.ts';
import { checkPackages } from './check-packages.ts';
import { checkBasePython, checkPython } from './check-python.ts';
import {
  type EnvironmentSelection,
  findEnvironment,
  type PythonEnvironment,
  placeEnvironment,
} from './find-environment.ts';
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
  const { folder, lock } = placeEnvironment({ ...selection, variables, sources });
  const python = variables.REPRO_PYTHON ?? environment?.python;

  const checks: SystemCheck[] = [];
  /** Whether what was looked at is there: what stands on something that is missing is not looked at. */
  const add = (check: SystemCheck): boolean => {
    checks.push(check);
    onCheck?.(check);
    return check.status !== 'missing';
  };
  add(checkNode());
  add(checkPlatform(lock.name));
  const hasPython = add(await (python === undefined ? checkBasePython(variables) : checkPython(python, variables)));
  if (variables.REPRO_PYTHON === undefined) add(checkEnvironment(environment, folder, lock.name));
  const hasPackages = python !== undefined && hasPython && add(await checkPackages(python, lock));
  if (environment) add(checkModel(environment, variables));
  add(await checkCacheFolder(cacheFolder(variables), { isComplete: python !== undefined }));
  add(await checkDisk(cacheFolder(variables)));
  add(checkMemory());
  add(checkCores());
  add(await checkGpu());
  const hasSockets = add(await checkSocketFolder());
  if (hasPackages && hasSockets) add(await checkBridge(python, sources.packages));
  return checks;
}

function checkEnvironment(environment: PythonEnvironment | undefined, folder: string, lock: string): SystemCheck {
  const check = { name: 'environment', expected: folder };
  if (environment !== undefined) return { ...check, status: 'ok', found: environment.folder };
  const found = existsSync(folder) ? 'half-made' : 'absent';
  return { ...check, status: 'missing', found, cure: `Run \`${howToType(`env setup --lock ${lock}`)}\`.` };
}

/** Not needed before the first run, which prepares it. */
function checkModel(environment: PythonEnvironment, variables: Variables): SystemCheck {
  const folder = findPreparedModel(environment, builtinModel);
  const found = folder ?? `not prepared in ${cacheFolder(variables)}; the first run does it in half a minute`;
  return { name: 'model', status: 'ok', found, expected: builtinModel };
}
