import type { z } from 'zod';
import type { CallbackFunction } from './callback-server.ts';
import type { ReproError } from './errors/repro-error.ts';
import type { BootLine, Ready } from './protocol.ts';

/** How one item ended. `index` is its place in the `inputs` of the call. */
export type ItemOutcome =
  | { readonly index: number; readonly outcome: 'value'; readonly value: unknown }
  | { readonly index: number; readonly outcome: 'error'; readonly error: ReproError };

export interface PoolOptions {
  /** For messages and logs: `model small`, `handlers`. */
  readonly name: string;
  /** What each worker of the pool runs. */
  readonly worker: BootLine['worker'];
  /** Workers of the pool; they start on first use. */
  readonly replicas?: number;
  /** Interpreter of the pinned environment and extra environment variables. */
  readonly python: { readonly executable: string; readonly environment?: Readonly<Record<string, string>> };
  /** Host functions that the workers may call back. */
  readonly callbacks?: Readonly<Record<string, CallbackFunction>>;
  /** 10 and 600 seconds; `ready` is renewed by progress. */
  readonly helloTimeoutSeconds?: number;
  readonly readyTimeoutSeconds?: number;
  /** Restarts without a finished item between them before the pool gives up (REPRO_WORKER_LOST, exit 7). 5. */
  readonly maxRestarts?: number;
  readonly onEvent?: (event: PoolEvent) => void;
}

export type PoolEvent =
  | {
      readonly type: 'starting' | 'ready' | 'stopped';
      readonly pool: string;
      readonly workerId: string;
      readonly pid: number | undefined;
    }
  | {
      readonly type: 'progress';
      readonly pool: string;
      readonly workerId: string;
      readonly message: string;
      readonly done: number | null;
      readonly total: number | null;
    }
  | {
      readonly type: 'log';
      readonly pool: string;
      readonly workerId: string;
      readonly level: string;
      readonly message: string;
    }
  | {
      readonly type: 'lost';
      readonly pool: string;
      readonly workerId: string;
      readonly cause: string;
      readonly suspects: number;
    }
  | { readonly type: 'quarantined'; readonly pool: string; readonly error: ReproError };

export interface RunOptions {
  /** Deadline of each item from the moment a worker receives it. 600 s. */
  readonly deadlineMilliseconds?: number;
  readonly abortSignal?: AbortSignal | undefined;
  /** Items of one key go to the same worker while it has room (shared prefixes stay cached). */
  readonly affinity?: string | undefined;
}

export interface WorkerPool extends AsyncDisposable {
  readonly name: string;
  /** Starts the workers when they are not there yet; what the first one says of itself. */
  ready(): Promise<z.infer<typeof Ready>>;
  /** Runs every input as one item; outcomes come as they finish, each index exactly once. Rejects on abort and when the pool gives up. */
  run(method: string, inputs: readonly unknown[], options?: RunOptions): AsyncIterable<ItemOutcome>;
  /** One item: its value, or its error thrown. */
  call(method: string, input: unknown, options?: RunOptions): Promise<unknown>;
  /** Asks every worker that is ready now, busy or not; its value by worker id. One that fails or is lost is not there. */
  callEach(method: string, input: unknown, options?: RunOptions): Promise<ReadonlyMap<string, unknown>>;
  /** One item that answers with any number of values. Not retried after the first. */
  stream(method: string, input: unknown, options?: RunOptions): AsyncIterable<unknown>;
  /** Lets unfinished items end with REPRO_WORKER_STOPPED and stops the workers; a later call starts them again. */
  stop(): Promise<void>;
}
