import { AsyncQueue } from './async-queue.ts';
import type { ReproError } from './errors/repro-error.ts';

/** What a call hears of its items; exactly one final event for each index. */
export type CallEvent =
  | { readonly kind: 'more'; readonly index: number; readonly value: unknown }
  | { readonly kind: 'value'; readonly index: number; readonly value: unknown }
  | { readonly kind: 'end'; readonly index: number }
  | { readonly kind: 'error'; readonly index: number; readonly error: ReproError };

/** One `run`, `call` or `stream`: the items that it waits for, and what has come of them. */
export class PoolCall {
  readonly events: AsyncQueue<CallEvent>;
  /** Ids of the items that have not ended. */
  readonly waiting = new Set<number>();
  /** Pools that cannot answer before this call does: it was made while they wait for a callback. */
  readonly callers: ReadonlySet<object>;

  constructor(callers: ReadonlySet<object>, onTaken: (left: number) => void) {
    this.callers = callers;
    this.events = new AsyncQueue(onTaken);
  }

  /** The final event of an item. */
  settle(itemId: number, event: CallEvent): void {
    this.waiting.delete(itemId);
    this.events.push(event);
    if (this.waiting.size === 0) {
      this.events.end();
    }
  }
}
