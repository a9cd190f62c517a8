import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from './process-pool.ts';
import { createSocketFolder } from './socket-folder.ts';
import type { DroppedMessages } from './switchboard.ts';
import { Switchboard } from './switchboard.ts';
import { createTrainerGroup, type TrainerGroup, type TrainerGroupOptions } from './trainer-group.ts';
import type { PoolOptions, WorkerPool } from './worker-pool.ts';

export interface BridgeOptions {
  /** Folder that holds the Python package `repro_worker`; found beside this package when absent. */
  readonly pythonPath?: string;
}

export interface Bridge extends AsyncDisposable {
  /** A group of equal workers. Nothing starts before its first use. */
  createPool(options: PoolOptions): WorkerPool;
  /** Processes that train one model together. */
  createTrainerGroup(options: TrainerGroupOptions): TrainerGroup;
  /** Messages that no one waited for. */
  readonly dropped: DroppedMessages;
}

/** Binds the ROUTER socket in a fresh 0700 folder; disposing it stops every pool and removes the folder. */
export async function openBridge({ pythonPath = findPythonPath() }: BridgeOptions = {}): Promise<Bridge> {
  const folder = await createSocketFolder();
  const switchboard = await Switchboard.open(`ipc://${join(folder, 's')}`);
  const pools = new Set<WorkerPool>();
  const createPool = (options: PoolOptions) => {
    const pool = new ProcessPool(options, pythonPath, switchboard);
    pools.add(pool);
    return pool;
  };
  return {
    createPool,
    createTrainerGroup: (options) => createTrainerGroup(options, createPool),
    get dropped() {
      return switchboard.dropped;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools].map((pool) => pool[Symbol.asyncDispose]()));
      await switchboard[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In the published package beside `dist`, in the repository where it is developed. */
function findPythonPath(): string {
  const packed = fileURLToPath(new URL('../python/src', import.meta.url));
  return existsSync(packed) ? packed : fileURLToPath(new URL('../../python-env/src', import.meta.url));
}
