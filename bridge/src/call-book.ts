import type { AsyncQueue } from './async-queue.ts';
import type { ReproError } from './errors/repro-error.ts';
import type { WireValue } from './wire-value.ts';

/** What a call hears of its items; exactly one of the last three for each index. */
export type CallEvent =
  | { readonly kind: 'more'; readonly index: number; readonly value: unknown }
  | { readonly kind: 'value'; readonly index: number; readonly value: unknown }
  | { readonly kind: 'end'; readonly index: number }
  | { readonly kind: 'error'; readonly index: number; readonly error: ReproError };

/** One `run`, `call` or `stream`. */
export interface PoolCall {
  readonly method: string;
  readonly deadlineMilliseconds: number;
  /** Pools that cannot answer before this call does: it was made while they wait for a callback. */
  readonly callers: ReadonlySet<object>;
  readonly events: AsyncQueue<CallEvent>;
  /** Ids of the items that have not ended. */
  readonly waiting: Set<number>;
}

export interface PoolItem {
  readonly id: number;
  /** Its place among the inputs of the call. */
  readonly index: number;
  readonly input: WireValue;
  readonly call: PoolCall;
}

/** Who waits for what: the calls that have not ended and their items. An item is settled once; after that it is unknown. */
export class CallBook {
  readonly #items = new Map<number, PoolItem>();
  readonly #calls = new Set<PoolCall>();

  get(itemId: number): PoolItem | undefined {
    return this.#items.get(itemId);
  }

  /** Enters a call with its items; those that `refused` speaks of have ended already. */
  open(call: PoolCall, items: readonly PoolItem[], refused: readonly CallEvent[]): void {
    for (const event of refused) {
      call.events.push(event);
    }
    if (items.length === 0) {
      call.events.end();
      return;
    }
    this.#calls.add(call);
    for (const item of items) {
      this.#items.set(item.id, item);
      call.waiting.add(item.id);
    }
  }

  /** False when nobody waits for the item. */
  settle(itemId: number, describe: (item: PoolItem) => CallEvent): boolean {
    const item = this.#items.get(itemId);
    if (item === undefined) {
      return false;
    }
    const { call } = item;
    this.#items.delete(itemId);
    call.waiting.delete(itemId);
    call.events.push(describe(item));
    if (call.waiting.size === 0) {
      this.#calls.delete(call);
      call.events.end();
    }
    return true;
  }

  settleAll(error: ReproError): void {
    for (const itemId of [...this.#items.keys()]) {
      this.settle(itemId, ({ index }) => ({ kind: 'error', index, error }));
    }
  }

  /** Ends a call at once: what was not taken yet is forgotten. Gives the items that had not ended. */
  abandon(call: PoolCall, reason: unknown): readonly number[] {
    if (!this.#calls.delete(call)) {
      return [];
    }
    const left = [...call.waiting];
    for (const itemId of left) {
      this.#items.delete(itemId);
    }
    call.events.clear();
    call.events.fail(reason);
    return left;
  }

  /** Every call rejects, after the events that have come already. */
  failAll(error: ReproError): void {
    for (const call of this.#calls) {
      call.events.fail(error);
    }
    this.#calls.clear();
    this.#items.clear();
  }
}
