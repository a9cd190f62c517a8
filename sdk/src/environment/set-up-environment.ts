import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentUnsupportedError } from '../errors/environment-unsupported.ts';
import {
  completeStamp,
  type EnvironmentSelection,
  findEnvironment,
  type PythonEnvironment,
  placeEnvironment,
} from './find-environment.ts';
import { findPython, pythonMinor } from './find-python.ts';
import { installLock } from './install-lock.ts';
import { locatePythonSources } from './python-sources.ts';
import { type Lock, readLock } from './read-lock.ts';
import { runPython } from './run-python.ts';
import { withLockFile } from './with-lock-file.ts';

/** What is being done right now; `done` of `total` packages where they are counted. */
export interface SetUpProgress {
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
}

export interface SetUpOptions extends EnvironmentSelection {
  readonly onProgress?: (progress: SetUpProgress) => void;
  readonly abortSignal?: AbortSignal;
}

export interface SetUpResult extends PythonEnvironment {
  /** False when everything was there already. */
  readonly changed: boolean;
}

/**
 * Makes the Python environment of a lock, or finds it complete. It is built where it will stay (a venv cannot be moved)
 * and counts only once its stamp is written, so an interrupted attempt is thrown away by the next one. Set-ups that run
 * at the same time wait for each other.
 */
export async function setUpEnvironment(options: SetUpOptions = {}): Promise<SetUpResult> {
  const { variables = process.env, sources = locatePythonSources(), additions = [], onProgress, abortSignal } = options;
  const selection = { ...options, variables, sources };
  const present = findEnvironment(selection);
  if (present) return { ...present, changed: false };

  const environment = placeEnvironment(selection);
  refuseOtherPlatforms(environment.lock.name);
  await mkdir(dirname(environment.folder), { recursive: true });

  const work = async (): Promise<SetUpResult> => {
    const made = findEnvironment(selection);
    if (made) return { ...made, changed: false };
    if (!findEnvironment({ ...selection, additions: [] })) {
      await createVenv(environment, options);
      await install(environment, environment.lock, options);
    }
    for (const name of additions) {
      const lock = readLock(name, sources);
      if (!existsSync(completeStamp(environment.folder, lock))) await install(environment, lock, options);
    }
    return { ...environment, changed: true };
  };
  return await withLockFile(`${environment.folder}.lock`, work, {
    abortSignal,
    onWait: () => onProgress?.({ message: 'waiting for another set-up of the same environment' }),
  });
}

async function createVenv(environment: PythonEnvironment, options: SetUpOptions): Promise<void> {
  const { variables = process.env, onProgress, abortSignal } = options;
  const { folder } = environment;
  const { executable, version } = await findPython({ variables, abortSignal });
  onProgress?.({ message: `creating ${folder} with ${executable} (${version})` });
  await rm(folder, { recursive: true, force: true });
  await runPython({
    python: executable,
    module: ['venv', folder],
    folder,
    step: 'Creating the venv',
    variables,
    abortSignal,
  });
}

async function install({ folder, python }: PythonEnvironment, lock: Lock, options: SetUpOptions): Promise<void> {
  const { variables = process.env, onProgress, abortSignal } = options;
  await installLock({
    python,
    folder,
    lock,
    variables,
    abortSignal,
    onProgress: (message, done, total) => onProgress?.({ message, done, total }),
  });
  await writeFile(
    completeStamp(folder, lock),
    `${JSON.stringify({ lock: lock.name, packages: lock.packages }, null, 1)}\n`,
  );
}

function refuseOtherPlatforms(lock: string): void {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  throw new EnvironmentUnsupportedError({
    lock,
    found: `${process.platform} ${process.arch}`,
    expected: `CPython ${pythonMinor} on Linux x86_64`,
  });
}
