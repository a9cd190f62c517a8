import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AsyncQueue } from './async-queue.ts';
import { StreamBrokenError } from './errors/stream-broken.ts';
import { WorkerLostError } from './errors/worker-lost.ts';
import { WorkerStoppedError } from './errors/worker-stopped.ts';
import type { PoolOptions, WorkerPool } from './worker-pool.ts';

export interface TrainerGroupOptions {
  /** For messages and logs. */
  readonly name: string;
  /** Processes that train one model together. */
  readonly ranks: number;
  readonly python: PoolOptions['python'];
  /** Host functions that every rank may call back, also at the same time. */
  readonly callbacks: NonNullable<PoolOptions['callbacks']>;
  readonly onEvent?: PoolOptions['onEvent'];
}

export interface TrainOptions {
  readonly abortSignal?: AbortSignal | undefined;
  /** Longest time without a word of progress. 30 min. */
  readonly deadlineMilliseconds?: number;
}

/** Ranks that train one model together: they begin together, and when one is lost the others end. */
export interface TrainerGroup {
  /**
   * What rank 0 tells, until every rank has ended. Throws a WorkerLostError when a rank was lost; the group can be asked
   * again, with new processes, and goes on from the newest checkpoint.
   */
  train(input: unknown, options?: TrainOptions): AsyncIterable<unknown>;
}

const defaultDeadlineMilliseconds = 30 * 60_000;
/** A rank that misses a neighbour says so itself, perhaps before the loss is known; the loss is the better word. */
const otherErrorsMilliseconds = 2500;

export function createTrainerGroup(
  options: TrainerGroupOptions,
  createPool: (options: PoolOptions) => WorkerPool,
): TrainerGroup {
  const { name, ranks, python, callbacks, onEvent } = options;
  return {
    async *train(input, { abortSignal, deadlineMilliseconds = defaultDeadlineMilliseconds } = {}) {
      abortSignal?.throwIfAborted();
      const masterPort = ranks > 1 ? await freePort() : 0;
      const ending = new AbortController();
      const signal = abortSignal === undefined ? ending.signal : AbortSignal.any([abortSignal, ending.signal]);
      await using pools = new AsyncDisposableStack();
      const events = new AsyncQueue<unknown>();
      const running = Array.from({ length: ranks }, (_, rank) => {
        const pool = pools.use(
          createPool({
            name: ranks === 1 ? name : `${name} rank ${rank}`,
            worker: { kind: 'trainer', rank, worldSize: ranks, masterAddress: '127.0.0.1', masterPort },
            // A rank alone cannot come back; the whole group can.
            maxRestarts: 0,
            python,
            callbacks,
            ...(onEvent && { onEvent }),
          }),
        );
        return follow(pool.stream('train', input, { abortSignal: signal, deadlineMilliseconds }), (event) => {
          if (rank === 0) {
            events.push(event);
          }
        });
      });
      void Promise.all(running).then(
        () => events.end(),
        async (first) => events.fail(asLoss(name, await worstOf(running, first))),
      );
      try {
        yield* events;
      } finally {
        ending.abort(new WorkerStoppedError('The training has ended.'));
        await Promise.allSettled(running);
      }
    },
  };
}

async function follow(stream: AsyncIterable<unknown>, take: (event: unknown) => void): Promise<void> {
  for await (const event of stream) {
    take(event);
  }
}

/** Of the errors that come within a moment: that of a rank that was lost, else the first. */
async function worstOf(running: readonly Promise<void>[], first: unknown): Promise<unknown> {
  const errors: unknown[] = [first];
  const all = Promise.all(running.map((rank) => rank.catch((error) => errors.push(error))));
  await Promise.race([all, sleep(otherErrorsMilliseconds, undefined, { ref: false })]);
  return errors.find(isLoss) ?? first;
}

function isLoss(error: unknown): boolean {
  return error instanceof WorkerLostError || error instanceof StreamBrokenError;
}

/** A stream that broke is a lost rank, and the group can begin again. */
function asLoss(name: string, error: unknown): unknown {
  return error instanceof StreamBrokenError
    ? new WorkerLostError({ pool: name, restarts: 0, reason: `was lost: ${error.message}`, output: [] })
    : error;
}

/** Where rank 0 will wait for the others. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
