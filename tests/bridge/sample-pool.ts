import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bridge, PoolEvent, PoolOptions, WorkerPool } from '@repro/bridge';
import { openBridge } from '@repro/bridge';
import { findEnvironment } from '../../sdk/src/environment/find-environment.ts';

/** The interpreter of the pinned environment, or the one that `REPRO_PYTHON` names. */
export const python = { executable: process.env.REPRO_PYTHON ?? findEnvironment()?.python ?? 'python3.11' };

/** What a handler worker runs for one of the files in `handlers/`. */
export function handlers(file: string, requires: string[] = []): PoolOptions['worker'] {
  const path = fileURLToPath(new URL(`handlers/${file}`, import.meta.url));
  return { kind: 'handler', device: 'cpu', handlers: [{ prefix: 'reward/sample', file: path, requires }] };
}

export interface SamplePool extends AsyncDisposable {
  readonly bridge: Bridge;
  readonly pool: WorkerPool;
  readonly events: PoolEvent[];
  /** Process ids of the guardians that were started, oldest first. */
  pids(): readonly number[];
  /** `kill -9` of the newest guardian, with which its model process dies. */
  killNewestWorker(): void;
}

/** A bridge with one pool of workers that run `handlers/sample.py`. */
export async function openSamplePool(options: Partial<PoolOptions> = {}): Promise<SamplePool> {
  const bridge = await openBridge();
  const events: PoolEvent[] = [];
  const pool = bridge.createPool({
    name: 'sample',
    worker: handlers('sample.py'),
    python,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const pids = (): readonly number[] => events.flatMap((event) => (event.type === 'starting' ? (event.pid ?? []) : []));
  return {
    bridge,
    pool,
    events,
    pids,
    killNewestWorker: () => {
      const pid = pids().at(-1);
      // It may be dead already.
      if (pid !== undefined && existsSync(`/proc/${pid}`)) {
        process.kill(pid, 'SIGKILL');
      }
    },
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}
