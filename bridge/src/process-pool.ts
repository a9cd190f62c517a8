import { AsyncQueue } from './async-queue.ts';
import type { CallEvent, PoolCall, PoolItem } from './call-book.ts';
import { CallBook } from './call-book.ts';
import { poolsThatWait } from './callback-server.ts';
import type { ConnectionEvents, ItemEnd, WorkerLoss } from './connection-events.ts';
import { CallbackReentrantError } from './errors/callback-reentrant.ts';
import { DeadlineExceededError } from './errors/deadline-exceeded.ts';
import { ItemKillsWorkerError } from './errors/item-kills-worker.ts';
import type { ReproError } from './errors/repro-error.ts';
import { isReproErrorBase } from './errors/repro-error.ts';
import { StreamBrokenError } from './errors/stream-broken.ts';
import { WorkerProtocolError } from './errors/worker-protocol.ts';
import { WorkerStoppedError } from './errors/worker-stopped.ts';
import type { MessageBody } from './protocol.ts';
import { checkInput, requestBatches } from './request-batches.ts';
import { Schedule } from './schedule.ts';
import type { Switchboard } from './switchboard.ts';
import { WorkerConnection } from './worker-connection.ts';
import type { ItemOutcome, PoolEvent, PoolOptions, RunOptions, WorkerPool } from './worker-pool.ts';
import { Workforce } from './workforce.ts';

const defaultDeadlineMilliseconds = 600_000;
/** Values of a stream that may wait for whoever takes them. */
const maxWaitingValues = 256;

let lastId = 0;
/** Ids of items and requests are never reused. */
function nextId(): number {
  lastId += 1;
  return lastId;
}

/**
 * Workers in processes of this machine. `CallBook` knows who waits for what, `Schedule` decides what runs where,
 * `Workforce` keeps the workers alive; this class carries events from one to the other.
 */
export class ProcessPool implements WorkerPool {
  readonly #options: PoolOptions;
  readonly #pythonPath: string;
  readonly #switchboard: Switchboard;
  readonly #workforce: Workforce;
  readonly #book = new CallBook();
  #schedule = new Schedule();
  #state: 'stopped' | 'running' | 'stopping' | 'disposed' = 'stopped';
  #stopping: Promise<void> = Promise.resolve();
  #firstReady = newReadiness();
  #dispatchPlanned = false;

  constructor(options: PoolOptions, pythonPath: string, switchboard: Switchboard) {
    this.#options = options;
    this.#pythonPath = pythonPath;
    this.#switchboard = switchboard;
    this.#workforce = new Workforce({
      name: options.name,
      replicas: options.replicas ?? 1,
      maxRestarts: options.maxRestarts ?? 5,
      startWorker: (workerId) => this.#startWorker(workerId),
      onGiveUp: (error) => this.#giveUp(error),
    });
  }

  get name(): string {
    return this.#options.name;
  }

  async ready(): Promise<MessageBody<'ready'>> {
    await this.#stopping;
    this.#start();
    return await this.#firstReady.promise;
  }

  async *run(method: string, inputs: readonly unknown[], options: RunOptions = {}): AsyncGenerator<ItemOutcome> {
    for await (const event of this.#ask(method, inputs, options)) {
      const { index } = event;
      if (event.kind === 'value') {
        yield { index, outcome: 'value', value: event.value };
      } else if (event.kind === 'error') {
        yield { index, outcome: 'error', error: event.error };
      } else if (event.kind === 'end') {
        const error = new WorkerProtocolError(`"${method}" of pool "${this.name}" answered with a stream.`, {
          hint: 'Ask it with `stream`.',
        });
        yield { index, outcome: 'error', error };
      }
    }
  }

  async call(method: string, input: unknown, options: RunOptions = {}): Promise<unknown> {
    for await (const outcome of this.run(method, [input], options)) {
      if (outcome.outcome === 'error') {
        throw outcome.error;
      }
      return outcome.value;
    }
  }

  async *stream(method: string, input: unknown, options: RunOptions = {}): AsyncGenerator<unknown> {
    for await (const event of this.#ask(method, [input], options)) {
      if (event.kind === 'error') {
        throw event.error;
      }
      if (event.kind !== 'end') {
        yield event.value;
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'stopping';
      this.#stopping = this.#stop();
    }
    await this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#state = 'disposed';
  }

  /** The events of one call. Whoever stops taking them cancels what is left. */
  async *#ask(method: string, inputs: readonly unknown[], options: RunOptions): AsyncGenerator<CallEvent> {
    const { abortSignal } = options;
    abortSignal?.throwIfAborted();
    const call = this.#open(method, inputs, options);
    const abort = (): void => this.#abandon(call, abortSignal?.reason);
    abortSignal?.addEventListener('abort', abort, { once: true });
    try {
      yield* call.events;
    } finally {
      abortSignal?.removeEventListener('abort', abort);
      this.#abandon(call, new WorkerStoppedError('Nobody waits for the answer any more.'));
    }
  }

  #open(method: string, inputs: readonly unknown[], options: RunOptions): PoolCall {
    const callers = poolsThatWait();
    if (callers.has(this)) {
      throw new CallbackReentrantError(
        `A callback of pool "${this.name}" called "${method}" of the same pool, which waits for that callback.`,
        { hint: 'Call another pool from the callback.' },
      );
    }
    if (this.#state === 'disposed') {
      throw new WorkerStoppedError(`Pool "${this.name}" was closed.`);
    }
    const { deadlineMilliseconds = defaultDeadlineMilliseconds, affinity } = options;
    const events = new AsyncQueue<CallEvent>((left) => left < maxWaitingValues / 2 && this.#releaseChunks());
    const call: PoolCall = { method, deadlineMilliseconds, callers, events, waiting: new Set() };
    const items: PoolItem[] = [];
    const refused: CallEvent[] = [];
    for (const [index, input] of inputs.entries()) {
      try {
        const { value, bytes } = checkInput(input);
        items.push({ id: nextId(), index, input: value, bytes, call });
      } catch (error) {
        refused.push({ kind: 'error', index, error: reproErrorOrThrow(error) });
      }
    }
    this.#book.open(call, items, refused);
    const group = `${deadlineMilliseconds} ${method}`;
    this.#schedule.add(items.map(({ id, bytes }) => ({ id, group, bytes, affinity })));
    this.#start();
    this.#planDispatch();
    return call;
  }

  #start(): void {
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
    this.#emit({ type: 'starting', pool: this.name, workerId, pid: connection.pid });
    return connection;
  }

  #listen(workerId: string, connection: () => WorkerConnection): ConnectionEvents {
    const origin = { pool: this.name, workerId };
    return {
      onReady: (ready) => {
        this.#firstReady.resolve(ready);
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
        new Set([this, ...itemIds.flatMap((id) => [...(this.#book.get(id)?.call.callers ?? [])])]),
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

  #releaseChunks(): void {
    for (const { chunks } of this.#workforce.connections) {
      chunks.release();
    }
  }

  #onEnd(itemId: number, end: ItemEnd): void {
    this.#workforce.progressed();
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
          `"${method}" of pool "${this.name}" took longer than ${deadlineMilliseconds} ms and did not stop.`,
          { hint: 'Its worker was replaced. Allow more time, or send less at once.' },
        ),
      }));
    }
  }

  #abandon(call: PoolCall, reason: unknown): void {
    const left = this.#book.abandon(call, reason);
    const running = Map.groupBy(left, (itemId) => this.#schedule.abandon(itemId));
    for (const [workerId, itemIds] of running) {
      if (workerId !== undefined) {
        this.#workforce.find(workerId)?.cancel(itemIds, reason);
      }
    }
    this.#planDispatch();
  }

  #onLost(workerId: string, loss: WorkerLoss): void {
    const { reason, blameless } = loss;
    const { killers, broken, suspects } = this.#schedule.workerLost(workerId, { blameless });
    this.#emit({ type: 'lost', pool: this.name, workerId, cause: reason, suspects });
    for (const itemId of killers) {
      this.#settleLost(itemId, (method) => {
        const error = new ItemKillsWorkerError(
          `An item of "${method}" ended its worker twice while it was alone there; the last one ${reason}.`,
        );
        this.#emit({ type: 'quarantined', pool: this.name, error });
        return error;
      });
    }
    for (const itemId of broken) {
      this.#settleLost(
        itemId,
        (method) => new StreamBrokenError(`The worker ${reason} while "${method}" gave its values.`),
      );
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
    const error = new WorkerStoppedError(`Pool "${this.name}" was stopped.`);
    this.#firstReady.reject(error);
    this.#book.settleAll(error);
    this.#schedule = new Schedule();
    for (const workerId of await this.#workforce.stop('the pool stops')) {
      this.#emit({ type: 'stopped', pool: this.name, workerId, pid: undefined });
    }
    this.#state = 'stopped';
    if (this.#schedule.unfinished > 0) {
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

function reproErrorOrThrow(error: unknown): ReproError {
  if (isReproErrorBase(error)) {
    return error;
  }
  throw error;
}
