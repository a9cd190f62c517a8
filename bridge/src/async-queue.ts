/** Values pushed on one side, iterated on the other. What was pushed before `fail` or `end` is still taken. */
export class AsyncQueue<Value> implements AsyncIterableIterator<Value, undefined> {
  #values: Value[] = [];
  /** Values before this one were taken; shifting a long array would cost its length. */
  #head = 0;
  #closed: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  /** Called when a value was taken. */
  readonly #onTaken: ((left: number) => void) | undefined;

  constructor(onTaken?: (left: number) => void) {
    this.#onTaken = onTaken;
  }

  get size(): number {
    return this.#values.length - this.#head;
  }

  push(value: Value): void {
    if (this.#closed === undefined) {
      this.#values.push(value);
      this.#wake?.();
    }
  }

  /** Forgets what was not taken yet. */
  clear(): void {
    this.#values = [];
    this.#head = 0;
  }

  end(): void {
    this.#close({});
  }

  fail(error: unknown): void {
    this.#close({ error });
  }

  async next(): Promise<IteratorResult<Value, undefined>> {
    while (this.size === 0 && this.#closed === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.size > 0) {
      const value = this.#take();
      this.#onTaken?.(this.size);
      return { done: false, value };
    }
    if (this.#closed !== undefined && 'error' in this.#closed) {
      throw this.#closed.error;
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Value {
    const value = this.#values[this.#head] as Value;
    this.#head += 1;
    if (this.#head === this.#values.length) {
      this.clear();
    }
    return value;
  }

  #close(closed: { readonly error?: unknown }): void {
    this.#closed ??= closed;
    this.#wake?.();
  }
}
