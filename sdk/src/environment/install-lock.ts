import { EnvironmentSetUpFailedError } from '../errors/environment-set-up-failed.ts';
import type { Variables } from './cache-folder.ts';
import type { Lock } from './read-lock.ts';
import { runPython } from './run-python.ts';

/** Where PyTorch publishes its `+cpu` wheels, which PyPI does not carry. Asked only when the machine's own sources have none. */
const pytorchCpuIndex = 'https://download.pytorch.org/whl/cpu';

export interface LockInstallation {
  readonly python: string;
  readonly folder: string;
  readonly lock: Lock;
  readonly variables: Variables;
  readonly onProgress: (message: string, done: number, total: number) => void;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Installs exactly what the lock lists, each file checked against its hash. */
export async function installLock(installation: LockInstallation): Promise<void> {
  try {
    await install(installation, []);
  } catch (error) {
    if (!isWithoutTorch(error)) throw error;
    await install(installation, ['--extra-index-url', pytorchCpuIndex]);
  }
}

async function install(installation: LockInstallation, sources: readonly string[]): Promise<void> {
  const { python, folder, lock, variables, onProgress, abortSignal } = installation;
  const total = lock.packages.length;
  let collected = 0;
  await runPython({
    python,
    module: ['pip', 'install', '--no-deps', '--require-hashes', '--progress-bar=off', ...sources, '-r', lock.path],
    folder,
    step: `Installing ${lock.path}`,
    variables,
    abortSignal,
    onLine: (line) => {
      const [, collecting] = /^Collecting (\S+)/.exec(line) ?? [];
      if (collecting) collected += 1;
      const [, download] = /^\s+Downloading (\S+ \(.*\))/.exec(line) ?? [];
      if (download) onProgress(`downloading ${download}`, collected, total);
      else if (collecting) onProgress(collecting, collected, total);
      else if (line.startsWith('Installing collected packages'))
        onProgress(`installing ${total} packages: the longest step, a minute or more`, total, total);
    },
  });
}

function isWithoutTorch(error: unknown): boolean {
  return (
    error instanceof EnvironmentSetUpFailedError &&
    error.output.some((line) => /No matching distribution found for torch==/.test(line))
  );
}
