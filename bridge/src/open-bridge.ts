import type { PoolOptions, WorkerPool } from './worker-pool.ts';

export interface BridgeOptions {
  /** Folder of the Python package `repro_worker`'s parent; found beside this package when absent. */
  readonly pythonPath?: string;
}

export interface Bridge extends AsyncDisposable {
  /** A group of equal workers. Nothing starts before its first use. */
  createPool(options: PoolOptions): WorkerPool;
}

/** Binds the ROUTER socket in a fresh 0700 folder; disposing it stops every pool and removes the folder. */
export async function openBridge(_options: BridgeOptions = {}): Promise<Bridge> {
  throw new Error('to be written');
}
