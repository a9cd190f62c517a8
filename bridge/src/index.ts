export type { ReproErrorOptions } from './errors/repro-error.ts';
export { isReproErrorBase, ReproError } from './errors/repro-error.ts';
export type { Bridge, BridgeOptions } from './open-bridge.ts';
export { openBridge } from './open-bridge.ts';
export type { ItemOutcome, PoolEvent, PoolOptions, RunOptions, WorkerPool } from './worker-pool.ts';
