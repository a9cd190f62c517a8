import { howToType } from '@repro/bridge';
import { execa } from 'execa';
import type { Variables } from './cache-folder.ts';
import { findPython, pythonMinor } from './find-python.ts';
import type { SystemCheck } from './system-check.ts';

/** The interpreter that runs workers: that of the environment, or the one that REPRO_PYTHON names. */
export async function checkPython(python: string, variables: Variables): Promise<SystemCheck> {
  const check = { name: 'Python', expected: `CPython ${pythonMinor}` };
  const cure = variables.REPRO_PYTHON
    ? `Correct REPRO_PYTHON, or \`unset REPRO_PYTHON\` and \`${howToType('env setup')}\`.`
    : `Run \`${howToType('env setup')}\`.`;
  const probe = 'import platform; print(platform.python_implementation(), platform.python_version())';
  const result = await execa(python, ['-I', '-c', probe], { reject: false, timeout: 20_000, stdin: 'ignore' });
  if (result.failed) {
    return { ...check, status: 'missing', found: `${python}: ${result.shortMessage}`, cure };
  }
  const found = `${result.stdout.trim()} at ${python}`;
  const isLocked = found.startsWith(`CPython ${pythonMinor}.`);
  return { ...check, status: isLocked ? 'ok' : 'warning', found, cure };
}

/** An interpreter that an environment can be made from, where there is none yet. */
export async function checkBasePython(variables: Variables): Promise<SystemCheck> {
  const check = { name: 'Python', expected: `CPython ${pythonMinor} with venv and ensurepip` };
  try {
    const { executable, version } = await findPython({ variables });
    return { ...check, status: 'ok', found: `${version} at ${executable}` };
  } catch (error) {
    const { message, hint = `Install Python ${pythonMinor}.` } = error as Error & { readonly hint?: string };
    return { ...check, status: 'missing', found: message, cure: hint };
  }
}
