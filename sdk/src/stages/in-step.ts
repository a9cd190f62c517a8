/** A second reading that goes through the same ids in the same order, and may leave some out. */
export interface InStep<Item> {
  /** The item of an id, which must be asked for in that order. */
  at(id: string): Promise<Item | undefined>;
  /** Whether something is left that nobody asked for. */
  isLeft(): Promise<boolean>;
}

export function inStep<Item>(items: AsyncIterator<Item> | undefined, idOf: (item: Item) => string): InStep<Item> {
  let next: IteratorResult<Item> | undefined;
  return {
    async at(id) {
      next ??= await items?.next();
      if (next === undefined || next.done || idOf(next.value) !== id) {
        return undefined;
      }
      const { value } = next;
      next = undefined;
      return value;
    },

    async isLeft() {
      next ??= await items?.next();
      return next !== undefined && !next.done;
    },
  };
}
