import type { z } from 'zod';
import { poolsThatWait } from './callback-server.ts';
import { CallbackReentrantError } from './errors/callback-reentrant.ts';
import { DeadlineExceededError } from './errors/deadline-exceeded.ts';
import { ItemKillsWorkerError } from './errors/item-kills-worker.ts';
import { MessageTooLargeError } from './errors/message-too-large.ts';
import { isReproErrorBase, type ReproError } from './errors/repro-error.ts';
import { StreamBrokenError } from './errors/stream-broken.ts';
import { WorkerLostError } from './errors/worker-lost.ts';
import { WorkerProtocolError } from './errors/worker-protocol.ts';
import { WorkerStoppedError } from './errors/worker-stopped.ts';
import type { CallEvent } from './pool-call.ts';
import { PoolCall } from './pool-call.ts';
import type { Ready } from './protocol.ts';
import { maxMessageBytes } from './protocol.ts';
import type { Assignment } from './schedule.ts';
import { Schedule } from './schedule.ts';
import type { Switchboard } from './switchboard.ts';
import { toWireValue } from './wire-value.ts';
import type { ConnectionEvents, ItemEnd, WorkerLoss } from './worker-connection.ts';
import { WorkerConnection } from './worker-connection.ts';
import type { ItemOutcome, PoolEvent, PoolOptions, RunOptions, WorkerPool } from './worker-pool.ts';

const defaultDeadlineMilliseconds = 600_000;
const firstBackOffMilliseconds = 100;
const longestBackOffMilliseconds = 10_000;
/** What a request adds to its items. */
const requestOverheadBytes = 1024;
const itemOverheadBytes = 32;
const maxItemBytes = maxMessageBytes - requestOverheadBytes - itemOverheadBytes;
/** Values of a stream that may wait for whoever takes them. */
const maxWaitingValues = 256;

interface PoolItem {
  readonly id: number;
  readonly index: number;
  readonly method: string;
  readonly input: unknown;
  readonly bytes: number;
  readonly deadlineMilliseconds: number;
  readonly call: PoolCall;
}

/** A place for one worker after the other. */
interface Slot {
  readonly number: number;
  starts: number;
  connection: WorkerConnection | undefined;
  restart: NodeJS.Timeout | undefined;
}

/** Workers in processes of this machine. What runs where is the schedule's decision; this class carries it out. */
export class ProcessPool implements WorkerPool {
  readonly #options: PoolOptions;
  readonly #pythonPath: string;
  readonly #switchboard: Switchboard;
  readonly #slots: readonly Slot[];
  readonly #items = new Map<number, PoolItem>();
  readonly #calls = new Set<PoolCall>();
  #schedule = new Schedule();
  #state: 'stopped' | 'running' | 'stopping' | 'disposed' = 'stopped';
  #stopping: Promise<void> = Promise.resolve();
  #firstReady = newReadiness();
  #lossesWithoutProgress = 0;
  #dispatchPlanned = false;
  static #lastId = 0;

  constructor(options: PoolOptions, pythonPath: string, switchboard: Switchboard) {
    this.#options = options;
    this.#pythonPath = pythonPath;
    this.#switchboard = switchboard;
    this.#slots = Array.from({ length: options.replicas ?? 1 }, (_, number) => ({
      number,
      starts: 0,
      connection: undefined,
      restart: undefined,
    }));
  }

  get name(): string {
    return this.#options.name;
  }

  async ready(): Promise<z.infer<typeof Ready>> {
    await this.#stopping;
    this.#start();
    return await this.#firstReady.promise;
  }

  async *run(
    method: string,
    inputs: readonly unknown[],
    options: RunOptions = {},
  ): AsyncGenerator<ItemOutcome, void, undefined> {
    for await (const event of this.#events(method, inputs, options)) {
      if (event.kind === 'value') {
        yield { index: event.index, outcome: 'value', value: event.value };
      } else if (event.kind === 'error') {
        yield { index: event.index, outcome: 'error', error: event.error };
      } else if (event.kind === 'end') {
        yield { index: event.index, outcome: 'error', error: this.#streamed(method) };
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
    throw new WorkerStoppedError(`Pool "${this.name}" gave no answer.`);
  }

  async *stream(method: string, input: unknown, options: RunOptions = {}): AsyncGenerator<unknown, void, undefined> {
    for await (const event of this.#events(method, [input], options)) {
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

  /** The events of one call. Whoever stops taking them has cancelled what is left. */
  async *#events(
    method: string,
    inputs: readonly unknown[],
    options: RunOptions,
  ): AsyncGenerator<CallEvent, void, undefined> {
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

  #open(
    method: string,
    inputs: readonly unknown[],
    { deadlineMilliseconds = defaultDeadlineMilliseconds, affinity }: RunOptions,
  ): PoolCall {
    const callers = poolsThatWait();
    if (callers.has(this)) {
      throw new CallbackReentrantError(
        `A callback of pool "${this.name}" called "${method}" of the same pool, which waits for that callback.`,
        {
          hint: 'Call another pool from the callback.',
        },
      );
    }
    if (this.#state === 'disposed') {
      throw new WorkerStoppedError(`Pool "${this.name}" was closed.`);
    }
    const call = new PoolCall(callers, (left) => left < maxWaitingValues / 2 && this.#releaseAcks());
    const items: PoolItem[] = [];
    const refused: CallEvent[] = [];
    for (const [index, input] of inputs.entries()) {
      try {
        const { value, bytes } = checkInput(input);
        ProcessPool.#lastId += 1;
        items.push({ id: ProcessPool.#lastId, index, method, input: value, bytes, deadlineMilliseconds, call });
      } catch (error) {
        refused.push({ kind: 'error', index, error: asReproError(error) });
      }
    }
    for (const event of refused) {
      call.events.push(event);
    }
    if (items.length === 0) {
      call.events.end();
      return call;
    }
    this.#calls.add(call);
    for (const item of items) {
      this.#items.set(item.id, item);
      call.waiting.add(item.id);
    }
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
      this.#lossesWithoutProgress = 0;
      for (const slot of this.#slots) {
        this.#startWorker(slot);
      }
    }
  }

  #startWorker(slot: Slot): void {
    const { helloTimeoutSeconds = 10, readyTimeoutSeconds = 600, callbacks = {}, python, worker } = this.#options;
    slot.restart = undefined;
    slot.starts += 1;
    const workerId = `${this.name}/${slot.number}.${slot.starts}`;
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
      this.#listen(slot, workerId, () => connection),
    );
    slot.connection = connection;
    this.#emit({ type: 'starting', pool: this.name, workerId, ...pidOf(connection) });
  }

  #listen(slot: Slot, workerId: string, connection: () => WorkerConnection): ConnectionEvents {
    const origin = { pool: this.name, workerId };
    return {
      onReady: (ready) => {
        this.#firstReady.resolve(ready);
        this.#schedule.workerReady(workerId, ready);
        this.#emit({ type: 'ready', ...origin, ...pidOf(connection()) });
        this.#planDispatch();
      },
      onMore: (itemId, value) => this.#onMore(itemId, value, connection()),
      onEnd: (itemId, end) => this.#onEnd(itemId, end),
      onOverdue: (itemIds) => this.#onOverdue(itemIds),
      onProgress: ({ message, done, total }) => this.#emit({ type: 'progress', ...origin, message, done, total }),
      onLog: (level, message) => this.#emit({ type: 'log', ...origin, level, message }),
      poolsThatWaitFor: (itemIds) =>
        new Set([this, ...itemIds.flatMap((id) => [...(this.#items.get(id)?.call.callers ?? [])])]),
      onLost: (loss) => this.#onLost(slot, connection(), loss),
      onStartFailed: (error) => this.#giveUp(error),
    };
  }

  /** Together with what else happens in this turn of the event loop, so that items share requests. */
  #planDispatch(): void {
    if (!this.#dispatchPlanned) {
      this.#dispatchPlanned = true;
      queueMicrotask(() => {
        this.#dispatchPlanned = false;
        for (const assignment of this.#schedule.assign()) {
          this.#dispatch(assignment);
        }
      });
    }
  }

  #dispatch({ worker, items }: Assignment): void {
    const connection = this.#slots.find((slot) => slot.connection?.workerId === worker)?.connection;
    for (const batch of splitByBytes(items.map(({ id }) => this.#items.get(id)).filter((item) => item !== undefined))) {
      const { method, deadlineMilliseconds } = batch[0];
      ProcessPool.#lastId += 1;
      connection?.request({
        id: ProcessPool.#lastId,
        method,
        items: batch.map(({ id, input }) => ({ id, input })),
        deadlineMilliseconds,
      });
    }
  }

  #onMore(itemId: number, value: unknown, connection: WorkerConnection): void {
    const item = this.#items.get(itemId);
    if (item === undefined) {
      this.#switchboard.countLate();
      return;
    }
    this.#schedule.streamed(itemId);
    item.call.events.push({ kind: 'more', index: item.index, value });
    // With another item there it must go on: whoever takes these values may be waiting for that one.
    if (item.call.events.size >= maxWaitingValues && connection.unfinishedItems === 1) {
      connection.holdAcks();
    }
  }

  #onEnd(itemId: number, end: ItemEnd): void {
    this.#lossesWithoutProgress = 0;
    this.#schedule.end(itemId);
    const item = this.#items.get(itemId);
    if (item === undefined) {
      this.#switchboard.countLate();
    } else {
      this.#settle(item, { ...end, index: item.index });
    }
    this.#planDispatch();
  }

  #onOverdue(itemIds: readonly number[]): void {
    for (const itemId of itemIds) {
      this.#schedule.abandon(itemId);
      const item = this.#items.get(itemId);
      if (item !== undefined) {
        const { method, deadlineMilliseconds, index } = item;
        const error = new DeadlineExceededError(
          `"${method}" of pool "${this.name}" took longer than ${deadlineMilliseconds} ms and did not stop.`,
          {
            hint: 'Its worker was replaced. Allow more time, or send less at once.',
          },
        );
        this.#settle(item, { kind: 'error', index, error });
      }
    }
  }

  #settle(item: PoolItem, event: CallEvent): void {
    this.#items.delete(item.id);
    item.call.settle(item.id, event);
    if (item.call.waiting.size === 0) {
      this.#calls.delete(item.call);
    }
  }

  #abandon(call: PoolCall, reason: unknown): void {
    if (!this.#calls.delete(call)) {
      return;
    }
    const itemsOfWorker = new Map<string, number[]>();
    for (const itemId of call.waiting) {
      this.#items.delete(itemId);
      const worker = this.#schedule.abandon(itemId);
      if (worker !== undefined) {
        itemsOfWorker.set(worker, [...(itemsOfWorker.get(worker) ?? []), itemId]);
      }
    }
    call.events.clear();
    call.events.fail(reason);
    for (const { connection } of this.#slots) {
      connection?.cancel(itemsOfWorker.get(connection.workerId) ?? [], reason);
    }
    this.#planDispatch();
  }

  #releaseAcks(): void {
    for (const { connection } of this.#slots) {
      connection?.releaseAcks();
    }
  }

  #onLost(slot: Slot, connection: WorkerConnection, { reason, blameless, output }: WorkerLoss): void {
    const { workerId } = connection;
    const { killers, broken, suspects } = this.#schedule.workerLost(workerId, { blameless });
    this.#emit({ type: 'lost', pool: this.name, workerId, cause: reason, suspects });
    for (const id of killers) {
      this.#quarantine(id, reason);
    }
    for (const id of broken) {
      this.#settleWith(
        id,
        new StreamBrokenError(`The worker of pool "${this.name}" ${reason} after the stream had begun.`),
      );
    }
    if (blameless || killers.length > 0) {
      this.#lossesWithoutProgress = 0;
    } else {
      this.#lossesWithoutProgress += 1;
    }
    const { maxRestarts = 5 } = this.#options;
    if (this.#lossesWithoutProgress > maxRestarts) {
      this.#giveUp(new WorkerLostError({ pool: this.name, restarts: maxRestarts, reason, output }));
      return;
    }
    void connection.ended.then(() => this.#planRestart(slot, connection));
  }

  #planRestart(slot: Slot, lost: WorkerConnection): void {
    if (slot.connection === lost && this.#state === 'running') {
      slot.connection = undefined;
      slot.restart = setTimeout(() => this.#startWorker(slot), backOffMilliseconds(this.#lossesWithoutProgress));
    }
  }

  #quarantine(itemId: number, reason: string): void {
    const method = this.#items.get(itemId)?.method;
    const error = new ItemKillsWorkerError(
      `An item of "${method}" ended its worker twice while it was alone there; the worker ${reason}.`,
    );
    this.#emit({ type: 'quarantined', pool: this.name, error });
    this.#settleWith(itemId, error);
  }

  #settleWith(itemId: number, error: ReproError): void {
    const item = this.#items.get(itemId);
    if (item !== undefined) {
      this.#settle(item, { kind: 'error', index: item.index, error });
    }
  }

  /** Every pending call rejects. A later call starts anew. */
  #giveUp(error: ReproError): void {
    this.#firstReady.reject(error);
    for (const call of this.#calls) {
      call.events.fail(error);
    }
    this.#calls.clear();
    this.#items.clear();
    void this.stop();
  }

  async #stop(): Promise<void> {
    const error = new WorkerStoppedError(`Pool "${this.name}" was stopped.`);
    this.#firstReady.reject(error);
    for (const itemId of [...this.#items.keys()]) {
      this.#settleWith(itemId, error);
    }
    this.#schedule = new Schedule();
    await Promise.all(
      this.#slots.map(async (slot) => {
        clearTimeout(slot.restart);
        const { connection } = slot;
        if (connection !== undefined) {
          await connection.stop('the pool stops');
          this.#emit({ type: 'stopped', pool: this.name, workerId: connection.workerId, ...pidOf(connection) });
        }
        slot.connection = undefined;
      }),
    );
    this.#state = 'stopped';
    if (this.#schedule.unfinished > 0) {
      this.#start(); // calls that came in the meantime
    }
  }

  #emit(event: PoolEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      // A listener's mistake is not the bridge's: it surfaces, and messages go on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #streamed(method: string): WorkerProtocolError {
    return new WorkerProtocolError(`"${method}" of pool "${this.name}" answered with a stream.`, {
      hint: 'Ask it with `stream`.',
    });
  }
}

function newReadiness(): PromiseWithResolvers<z.infer<typeof Ready>> {
  const readiness = Promise.withResolvers<z.infer<typeof Ready>>();
  readiness.promise.catch(() => {}); // often nobody waits for it
  return readiness;
}

function checkInput(input: unknown): { value: unknown; bytes: number } {
  const checked = toWireValue(input);
  if (checked.bytes > maxItemBytes) {
    throw new MessageTooLargeError(`An input takes ${checked.bytes} bytes, at most ${maxItemBytes} can be sent.`, {
      hint: 'Split it, or pass a path to a file.',
    });
  }
  return checked;
}

function asReproError(error: unknown): ReproError {
  if (isReproErrorBase(error)) {
    return error;
  }
  throw error;
}

function splitByBytes(items: readonly PoolItem[]): readonly (readonly [PoolItem, ...PoolItem[]])[] {
  const batches: [PoolItem, ...PoolItem[]][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = item.bytes + itemOverheadBytes;
    const batch = batches.at(-1);
    if (batch !== undefined && bytes <= room) {
      batch.push(item);
      room -= bytes;
    } else {
      batches.push([item]);
      room = maxMessageBytes - requestOverheadBytes - bytes;
    }
  }
  return batches;
}

function backOffMilliseconds(losses: number): number {
  return losses === 0 ? 0 : Math.min(firstBackOffMilliseconds * 2 ** (losses - 1), longestBackOffMilliseconds);
}

function pidOf({ pid }: WorkerConnection): { readonly pid?: number } {
  return pid === undefined ? {} : { pid };
}
