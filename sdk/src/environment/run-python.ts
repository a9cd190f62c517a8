import { execa } from 'execa';
import { DiskFullError } from '../errors/disk-full.ts';
import { EnvironmentSetUpFailedError } from '../errors/environment-set-up-failed.ts';
import type { Variables } from './cache-folder.ts';

// The kernel ends the module when this process dies in any way, so that a killed set-up leaves no pip that still writes.
const launcher = `
import ctypes, runpy, sys
ctypes.CDLL(None).prctl(1, 9)
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
`;

export interface PythonRun {
  readonly python: string;
  /** Module and its arguments, as after `python -m`. */
  readonly module: readonly string[];
  /** What is being made, for messages. */
  readonly folder: string;
  readonly step: string;
  readonly variables: Variables;
  readonly onLine?: (line: string) => void;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Runs a Python module away from the user's own packages, and hands over its lines as they come. */
export async function runPython(run: PythonRun): Promise<void> {
  const { python, module, folder, step, variables, onLine, abortSignal } = run;
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...kept } = variables;
  const process = execa(python, ['-I', '-c', launcher, ...module], {
    env: { ...kept, PIP_USER: '0', PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    ...(abortSignal && { cancelSignal: abortSignal }),
  });
  const output: string[] = [];
  for await (const line of process.iterable({ from: 'all' })) {
    output.push(line);
    onLine?.(line);
  }
  const result = await process;
  abortSignal?.throwIfAborted();
  if (!result.failed) return;
  if (output.some((line) => line.includes('No space left on device')))
    throw new DiskFullError({ path: folder, cause: result });
  throw new EnvironmentSetUpFailedError({ folder, step, output: output.slice(-20), cause: result });
}
