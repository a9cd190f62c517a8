import { AsyncQueue } from './async-queue.ts';
import type { CallEvent, PoolCall, PoolItem } from './call-book.ts';
import { poolsThatWait } from './callback-server.ts';
import { Dispatcher } from './dispatcher.ts';
import { CallbackReentrantError } from './errors/callback-reentrant.ts';
import type { ReproError } from './errors/repro-error.ts';
import { isReproErrorBase } from './errors/repro-error.ts';
import { WorkerProtocolError } from './errors/worker-protocol.ts';
import { WorkerStoppedError } from './errors/worker-stopped.ts';
import { nextId } from './next-id.ts';
import type { MessageBody } from './protocol.ts';
import { checkInput } from './request-batches.ts';
import type { Switchboard } from './switchboard.ts';
import type { ItemOutcome, PoolOptions, RunOptions, WorkerPool } from './worker-pool.ts';

const defaultDeadlineMilliseconds = 600_000;

/** Workers in processes of this machine: what one can ask of them, and in which form answers come. */
export class ProcessPool implements WorkerPool {
  readonly name: string;
  readonly #dispatcher: Dispatcher;

  constructor(options: PoolOptions, pythonPath: string, switchboard: Switchboard) {
    this.name = options.name;
    this.#dispatcher = new Dispatcher(options, pythonPath, switchboard, this);
  }

  ready(): Promise<MessageBody<'ready'>> {
    return this.#dispatcher.ready();
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

  async callEach(method: string, input: unknown, options: RunOptions = {}): Promise<ReadonlyMap<string, unknown>> {
    const workers = this.#dispatcher.readyWorkers;
    const call = this.#open(
      method,
      workers.map(() => input),
      options,
      workers,
    );
    const values = new Map<string, unknown>();
    for await (const event of call.events) {
      const worker = workers[event.index];
      if (event.kind === 'value' && worker !== undefined) {
        values.set(worker, event.value);
      }
    }
    return values;
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

  stop(): Promise<void> {
    return this.#dispatcher.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispatcher.close();
  }

  /** The events of one call. Whoever stops taking them cancels what is left. */
  async *#ask(method: string, inputs: readonly unknown[], options: RunOptions): AsyncGenerator<CallEvent> {
    const { abortSignal } = options;
    abortSignal?.throwIfAborted();
    const call = this.#open(method, inputs, options);
    const abort = (): void => this.#dispatcher.abandon(call, abortSignal?.reason);
    abortSignal?.addEventListener('abort', abort, { once: true });
    try {
      yield* call.events;
    } finally {
      abortSignal?.removeEventListener('abort', abort);
      if (call.waiting.size > 0) {
        this.#dispatcher.abandon(call, new WorkerStoppedError('Nobody waits for the answer any more.'));
      }
    }
  }

  /** With `workers` each input goes to the worker at its place, and to no other. */
  #open(method: string, inputs: readonly unknown[], options: RunOptions, workers?: readonly string[]): PoolCall {
    const callers = poolsThatWait();
    if (callers.has(this)) {
      throw new CallbackReentrantError(
        `A callback of pool "${this.name}" called "${method}" of the same pool, which waits for that callback.`,
        { hint: 'Call another pool from the callback.' },
      );
    }
    const { deadlineMilliseconds = defaultDeadlineMilliseconds, affinity } = options;
    const events = new AsyncQueue<CallEvent>((left) => this.#dispatcher.valueTaken(left));
    const call: PoolCall = { method, deadlineMilliseconds, callers, events, waiting: new Set() };
    const items: PoolItem[] = [];
    const refused: CallEvent[] = [];
    for (const [index, input] of inputs.entries()) {
      try {
        items.push({ id: nextId(), index, input: checkInput(input), call });
      } catch (error) {
        refused.push({ kind: 'error', index, error: reproErrorOrThrow(error) });
      }
    }
    if (workers === undefined) {
      this.#dispatcher.open(call, items, refused, affinity);
    } else {
      this.#dispatcher.openOn(workers, call, items, refused);
    }
    return call;
  }
}

function reproErrorOrThrow(error: unknown): ReproError {
  if (isReproErrorBase(error)) {
    return error;
  }
  throw error;
}
