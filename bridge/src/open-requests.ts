/** The requests of one worker that have not ended, each with its items and its clock. */
export class OpenRequests {
  readonly #requests = new Map<number, OpenRequest>();
  readonly #requestOfItem = new Map<number, number>();
  readonly #onOverdue: (itemIds: readonly number[]) => void;

  /** `onOverdue` gets the items that outlived their deadline, or that went on after they were cancelled. */
  constructor(onOverdue: (itemIds: readonly number[]) => void) {
    this.#onOverdue = onOverdue;
  }

  get unfinishedItems(): number {
    return this.#requestOfItem.size;
  }

  open(id: number, itemIds: readonly number[], limitMilliseconds: number): void {
    const items = new Set(itemIds);
    const deadline = setTimeout(() => this.#onOverdue([...items]), limitMilliseconds);
    this.#requests.set(id, { items, timers: [deadline] });
    for (const itemId of itemIds) {
      this.#requestOfItem.set(itemId, id);
    }
  }

  has(id: number): boolean {
    return this.#requests.has(id);
  }

  items(id: number): readonly number[] {
    return [...(this.#requests.get(id)?.items ?? [])];
  }

  hasItem(id: number, itemId: number): boolean {
    return this.#requestOfItem.get(itemId) === id;
  }

  /** The worker said that it is still at it. */
  renew(id: number): void {
    this.#requests.get(id)?.timers[0]?.refresh();
  }

  /** What to cancel, by request. Items that go on beyond `graceMilliseconds` are overdue. */
  cancel(itemIds: readonly number[], graceMilliseconds: number): ReadonlyMap<number, readonly number[]> {
    const byRequest = Map.groupBy(
      itemIds.filter((itemId) => this.#requestOfItem.has(itemId)),
      (itemId) => this.#requestOfItem.get(itemId) ?? 0,
    );
    for (const [id, cancelled] of byRequest) {
      const request = this.#requests.get(id);
      const check = (): void => {
        const left = cancelled.filter((itemId) => request?.items.has(itemId));
        if (left.length > 0) {
          this.#onOverdue(left);
        }
      };
      request?.timers.push(setTimeout(check, graceMilliseconds));
    }
    return byRequest;
  }

  endItem(itemId: number): void {
    const request = this.#requests.get(this.#requestOfItem.get(itemId) ?? -1);
    request?.items.delete(itemId);
    this.#requestOfItem.delete(itemId);
    if (request?.items.size === 0) {
      stopTimers(request);
    }
  }

  /** The request has ended; gives the items that had not. */
  close(id: number): readonly number[] {
    const left = this.items(id);
    for (const itemId of left) {
      this.endItem(itemId);
    }
    this.#requests.delete(id);
    return left;
  }

  clear(): void {
    for (const request of this.#requests.values()) {
      stopTimers(request);
    }
    this.#requests.clear();
    this.#requestOfItem.clear();
  }
}

interface OpenRequest {
  readonly items: Set<number>;
  /** The deadline first, then one for every cancel. */
  readonly timers: NodeJS.Timeout[];
}

function stopTimers({ timers }: OpenRequest): void {
  for (const timer of timers) {
    clearTimeout(timer);
  }
}
