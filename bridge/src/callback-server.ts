import { AsyncLocalStorage } from 'node:async_hooks';
import { DeadlineExceededError } from './errors/deadline-exceeded.ts';
import { UnknownMethodError } from './errors/unknown-method.ts';
import { errorToWire } from './errors/wire-error.ts';
import type { MessageBody, WireError } from './protocol.ts';

/** A host function that workers may call. */
export type CallbackFunction = (input: unknown, context: { readonly abortSignal: AbortSignal }) => Promise<unknown>;

const waitingPools = new AsyncLocalStorage<ReadonlySet<object>>();

/** The pools whose workers wait for the callback that this code runs in; none outside of callbacks. */
export function poolsThatWait(): ReadonlySet<object> {
  return waitingPools.getStore() ?? new Set();
}

export interface CallbackAnswers {
  /** Throws when the value cannot be sent. */
  result(callbackId: number, value: unknown): void;
  error(callbackId: number, error: WireError): void;
}

/** Serves the callbacks of one worker, any number at once, each answered exactly once. */
export class CallbackServer {
  readonly #functions: Readonly<Record<string, CallbackFunction>>;
  readonly #answers: CallbackAnswers;
  readonly #running = new Map<AbortController, number>();

  constructor(functions: Readonly<Record<string, CallbackFunction>>, answers: CallbackAnswers) {
    this.#functions = functions;
    this.#answers = answers;
  }

  /** `waiting` are the pools that cannot answer before this callback does. */
  async serve(
    { id, requestId, name, input, deadlineMilliseconds }: MessageBody<'callback'>,
    waiting: ReadonlySet<object>,
  ): Promise<void> {
    const controller = new AbortController();
    const tooLate = (): void => {
      controller.abort(new DeadlineExceededError(`Callback "${name}" took longer than ${deadlineMilliseconds} ms.`));
    };
    const deadline = setTimeout(tooLate, deadlineMilliseconds);
    this.#running.set(controller, requestId);
    try {
      const answer = waitingPools.run(waiting, () => this.#call(name, input, controller.signal));
      this.#answers.result(id, await Promise.race([answer, rejectionOf(controller.signal)]));
    } catch (error) {
      this.#answers.error(id, errorToWire(error));
    } finally {
      clearTimeout(deadline);
      this.#running.delete(controller);
    }
  }

  /** Nobody waits for the callbacks of this request any more. */
  abortRequest(requestId: number, reason: unknown): void {
    for (const [controller, servedFor] of this.#running) {
      if (servedFor === requestId) {
        controller.abort(reason);
      }
    }
  }

  abortAll(reason: unknown): void {
    for (const controller of this.#running.keys()) {
      controller.abort(reason);
    }
  }

  async #call(name: string, input: unknown, abortSignal: AbortSignal): Promise<unknown> {
    const callback = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (callback === undefined) {
      const known = Object.keys(this.#functions).join(', ') || 'none';
      throw new UnknownMethodError(`There is no callback "${name}"; this pool offers: ${known}.`);
    }
    return await callback(input, { abortSignal });
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
