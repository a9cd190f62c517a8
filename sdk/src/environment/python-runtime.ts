import {
  type Bridge,
  openBridge,
  type PoolOptions,
  type TrainerGroup,
  type TrainerGroupOptions,
  type WorkerPool,
} from '@repro/bridge';
import { EnvironmentMissingError } from '../errors/environment-missing.ts';
import { findEnvironment, placeEnvironment } from './find-environment.ts';
import { locatePythonSources } from './python-sources.ts';

/** The Python side of a session. Nothing of it is looked up or opened before the first worker is needed. */
export interface PythonRuntime extends AsyncDisposable {
  /** Interpreter of the pinned environment, or of `REPRO_PYTHON`. */
  readonly python: () => string;
  /** Parent of the package `repro_worker`. */
  readonly packages: string;
  readonly createPool: (options: Omit<PoolOptions, 'python'>) => Promise<WorkerPool>;
  readonly createTrainerGroup: (options: Omit<TrainerGroupOptions, 'python'>) => Promise<TrainerGroup>;
}

export function createPythonRuntime(): PythonRuntime {
  const { packages } = locatePythonSources();
  let bridge: Promise<Bridge> | undefined;
  const python = () => {
    const found = process.env.REPRO_PYTHON ?? findEnvironment()?.python;
    if (found === undefined) {
      throw new EnvironmentMissingError({ folder: placeEnvironment().folder });
    }
    return found;
  };
  const opened = () => {
    bridge ??= openBridge({ pythonPath: packages });
    return bridge;
  };
  return {
    python,
    packages,
    async createPool(options) {
      const executable = python();
      return (await opened()).createPool({ ...options, python: { executable } });
    },
    async createTrainerGroup(options) {
      const executable = python();
      return (await opened()).createTrainerGroup({ ...options, python: { executable } });
    },
    async [Symbol.asyncDispose]() {
      await (await bridge?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
