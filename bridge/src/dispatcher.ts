import type { CallEvent, PoolCall, PoolItem } from './call-book.ts';
import { CallBook } from './call-book.ts';
import type { ConnectionEvents, WorkerLoss } from './connection-events.ts';
import { DeadlineExceededError } from './errors/deadline-exceeded.ts';
import { ItemKillsWorkerError } from './errors/item-kills-worker.ts';
import type { ReproError } from './errors/repro-error.ts';
import { StreamBrokenError } from './errors/stream-broken.ts';
import { WorkerStoppedError } from './errors/worker-stopped.ts';
import type { ItemEnd } from './item-end.ts';
import { nextId } from './next-id.ts';
import type { MessageBody } from './protocol.ts';
import { requestBatches } from './request-batches.ts';
import { Schedule } from './schedule.ts';
import type { Switchboard } from './switchboard.ts';
import { WorkerConnection } from './worker-connection.ts';
import type { PoolEvent, PoolOptions } from './worker-pool.ts';
import { Workforce } from './workforce.ts';

/** Values of a stream that may wait for whoever takes them. */
const maxWaitingValues = 256;

/**
 * Gets the items of one pool done: `CallBook` knows who waits for what, `Schedule` decides what runs where, `Workforce`
 * keeps the workers alive; this class carries events from one to the other.
 */
export class Dispatcher {
  readonly #options: PoolOptions;
  readonly #pythonPath: string;
  readonly #switchboard: Switchboard;
  readonly #pool: object;
  readonly #workforce: Workforce;
  readonly #book = new CallBook();
  #schedule = new Schedule();
  #state: 'stopped' | 'running' | 'stopping' = 'stopped';
  #stopping: Promise<void> = Promise.resolve();
  #closed = false;
  #firstReady = newReadiness();
  #dispatchPlanned = false;
  readonly #ready = new Set<string>();
  /** Items that belong to one worker, with its id. */
  readonly #pinned = new Map<number, string>();

  /** `pool` is what its callbacks may not call. */
  constructor(options: PoolOptions, pythonPath: string, switchboard: Switchboard, pool: object) {
    this.#options = options;
    this.#pythonPath = pythonPath;
    this.#switchboard = switchboard;
    this.#pool = pool;
    this.#workforce = new Workforce({
      name: options.name,
      replicas: options.replicas ?? 1,
      maxRestarts: options.maxRestarts ?? 5,
      startWorker: (workerId) => this.#startWorker(workerId),
      onGiveUp: (error) => this.#giveUp(error),
    });
  }

  async ready(): Promise<MessageBody<'ready'>> {
    await this.#stopping;
    this.#start();
    return await this.#firstReady.promise;
  }

  /** Runs the items of a call; `refused` tells of those that have ended already. */
  open(call: PoolCall, items: readonly PoolItem[], refused: readonly CallEvent[], affinity: string | undefined): void {
    this.#start();
    this.#book.open(call, items, refused);
    const group = `${call.deadlineMilliseconds} ${call.method}`;
    this.#schedule.add(items.map(({ id, input }) => ({ id, group, bytes: input.bytesAtMost, affinity })));
    this.#planDispatch();
  }

  /** Ids of the workers that take requests now. */
  get readyWorkers(): readonly string[] {
    return [...this.#ready];
  }

  /** Sends each item to the worker at its place, past the schedule: it waits for nothing and runs nowhere else. */
  openOn(workers: readonly string[], call: PoolCall, items: readonly PoolItem[], refused: readonly CallEvent[]): void {
    this.#book.open(call, items, refused);
    const { method, deadlineMilliseconds } = call;
    for (const { id, index, input } of items) {
      const workerId = workers[index] ?? '';
      this.#pinned.set(id, workerId);
      this.#workforce.find(workerId)?.request({ id: nextId(), method, items: [{ id, input }], deadlineMilliseconds });
    }
  }

  /** Ends a call at once and cancels what is left of it; nothing happens when it has ended. */
  abandon(call: PoolCall, reason: unknown): void {
    const left = this.#book.abandon(call, reason);
    const running = Map.groupBy(left, (itemId) => this.#schedule.abandon(itemId));
    for (const [workerId, itemIds] of running) {
      if (workerId !== undefined) {
        this.#workforce.find(workerId)?.cancel(itemIds, reason);
      }
    }
    this.#planDispatch();
  }

  /** Whoever takes the values of a call has `left` more to take. */
  valueTaken(left: number): void {
    if (left < maxWaitingValues / 2) {
      for (const { chunks } of this.#workforce.connections) {
        chunks.release();
      }
    }
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'stopping';
      this.#stopping = this.#stop();
    }
    await this.#stopping;
  }

  #start(): void {
    if (this.#closed) {
      throw new WorkerStoppedError(`Pool "${this.#options.name}" was closed.`);
    }
    if (this.#state === 'stopped') {
      this.#state = 'running';
      this.#firstReady = newReadiness();
      this.#workforce.start();
    }
  }

  #startWorker(workerId: string): WorkerConnection {
    const { helloTimeoutSeconds = 10, readyTimeoutSeconds = 600, callbacks = {}, python, worker } = this.#options;
    const connection: WorkerConnection = new WorkerConnection(
      {
        workerId,
        worker,
        executable: python.executable,
        environment: python.environment ?? {},
        pythonPath: this.#pythonPath,
        helloTimeoutSeconds,
        readyTimeoutSeconds,
        callbacks,
      },
      this.#switchboard,
      this.#listen(workerId, () => connection),
    );
    this.#emit({ type: 'starting', pool: this.#options.name, workerId, pid: connection.pid });
    return connection;
  }

  #listen(workerId: string, connection: () => WorkerConnection): ConnectionEvents {
    const origin = { pool: this.#options.name, workerId };
    return {
      onReady: (ready) => {
        this.#firstReady.resolve(ready);
        this.#ready.add(workerId);
        this.#schedule.workerReady(workerId, ready);
        this.#emit({ type: 'ready', ...origin, pid: connection().pid });
        this.#planDispatch();
      },
      onMore: (itemId, value) => this.#onMore(itemId, value, connection()),
      onEnd: (itemId, end) => this.#onEnd(itemId, end),
      onOverdue: (itemIds) => this.#onOverdue(itemIds),
      onProgress: ({ message, done, total }) => this.#emit({ type: 'progress', ...origin, message, done, total }),
      onLog: (level, message) => this.#emit({ type: 'log', ...origin, level, message }),
      poolsThatWaitFor: (itemIds) =>
        new Set([this.#pool, ...itemIds.flatMap((id) => [...(this.#book.get(id)?.call.callers ?? [])])]),
      onLost: (loss) => this.#onLost(workerId, loss),
      onStartFailed: (error) => this.#giveUp(error),
    };
  }

  /** Once for all that happens in this turn of the event loop, so that items share requests. */
  #planDispatch(): void {
    if (!this.#dispatchPlanned) {
      this.#dispatchPlanned = true;
      queueMicrotask(() => this.#dispatch());
    }
  }

  #dispatch(): void {
    this.#dispatchPlanned = false;
    for (const { worker, items } of this.#schedule.assign()) {
      const known = items.map(({ id }) => this.#book.get(id)).filter((item) => item !== undefined);
      for (const batch of requestBatches(known)) {
        const { method, deadlineMilliseconds } = batch[0].call;
        const sent = batch.map(({ id, input }) => ({ id, input }));
        this.#workforce.find(worker)?.request({ id: nextId(), method, items: sent, deadlineMilliseconds });
      }
    }
  }

  #onMore(itemId: number, value: unknown, connection: WorkerConnection): void {
    const item = this.#book.get(itemId);
    if (item === undefined) {
      this.#switchboard.countLate();
      return;
    }
    const { call, index } = item;
    this.#schedule.streamed(itemId);
    call.events.push({ kind: 'more', index, value });
    // With another item there it must go on: whoever takes these values may be waiting for that one.
    if (call.events.size >= maxWaitingValues && connection.unfinishedItems === 1) {
      connection.chunks.hold();
    }
  }

  #onEnd(itemId: number, end: ItemEnd): void {
    this.#workforce.progressed();
    this.#pinned.delete(itemId);
    this.#schedule.end(itemId);
    if (!this.#book.settle(itemId, ({ index }) => ({ ...end, index }))) {
      this.#switchboard.countLate();
    }
    this.#planDispatch();
  }

  #onOverdue(itemIds: readonly number[]): void {
    for (const itemId of itemIds) {
      this.#schedule.abandon(itemId);
      this.#book.settle(itemId, ({ index, call: { method, deadlineMilliseconds } }) => ({
        kind: 'error',
        index,
        error: new DeadlineExceededError(
          `"${method}" of pool "${this.#options.name}" took longer than ${deadlineMilliseconds} ms and did not stop.`,
          { hint: 'Its worker was replaced. Allow more time, or send less at once.' },
        ),
      }));
    }
  }

  #onLost(workerId: string, loss: WorkerLoss): void {
    const { reason, blameless } = loss;
    const { killers, broken, suspects } = this.#schedule.workerLost(workerId, { blameless });
    this.#emit({ type: 'lost', pool: this.#options.name, workerId, cause: reason, suspects });
    for (const itemId of killers) {
      this.#settleLost(itemId, (method) => {
        const error = new ItemKillsWorkerError(
          `An item of "${method}" ended its worker twice while it was alone there; the last one ${reason}.`,
        );
        this.#emit({ type: 'quarantined', pool: this.#options.name, error });
        return error;
      });
    }
    for (const itemId of broken) {
      this.#settleLost(
        itemId,
        (method) => new StreamBrokenError(`The worker ${reason} while "${method}" gave its values.`),
      );
    }
    this.#ready.delete(workerId);
    for (const [itemId, worker] of this.#pinned) {
      if (worker === workerId) {
        this.#pinned.delete(itemId);
        this.#settleLost(itemId, (method) => new WorkerStoppedError(`The worker ${reason} before "${method}" ended.`));
      }
    }
    this.#workforce.lost(workerId, loss, { progress: blameless || killers.length > 0 });
    this.#planDispatch();
  }

  #settleLost(itemId: number, describe: (method: string) => ReproError): void {
    this.#book.settle(itemId, ({ index, call }) => ({ kind: 'error', index, error: describe(call.method) }));
  }

  /** Every pending call rejects; a later one starts the workers anew. */
  #giveUp(error: ReproError): void {
    this.#firstReady.reject(error);
    this.#book.failAll(error);
    void this.stop();
  }

  async #stop(): Promise<void> {
    const error = new WorkerStoppedError(`Pool "${this.#options.name}" was stopped.`);
    this.#firstReady.reject(error);
    this.#book.settleAll(error);
    this.#ready.clear();
    this.#pinned.clear();
    this.#schedule = new Schedule();
    for (const workerId of await this.#workforce.stop('the pool stops')) {
      this.#emit({ type: 'stopped', pool: this.#options.name, workerId, pid: undefined });
    }
    this.#state = 'stopped';
    if (this.#closed) {
      this.#book.settleAll(error);
    } else if (this.#schedule.unfinished > 0) {
      this.#start(); // calls that came in the meantime
    }
  }

  #emit(event: PoolEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      // A listener's mistake surfaces, and the messages of everybody else go on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function newReadiness(): PromiseWithResolvers<MessageBody<'ready'>> {
  const readiness = Promise.withResolvers<MessageBody<'ready'>>();
  readiness.promise.catch(() => {}); // often nobody waits for it
  return readiness;
}
