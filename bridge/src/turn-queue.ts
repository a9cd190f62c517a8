/**
 * A queue in which calls take turns: the n-th entry that a call adds waits n rounds, whatever the length of other calls.
 * An entry that comes back keeps its turn, so it is among the next.
 */
export class TurnQueue<Entry extends { readonly turn: number }> {
  readonly #turns = new Map<number, Set<Entry>>();
  #current = 0;

  /** The turn of the first entry of a new call. */
  get currentTurn(): number {
    this.#advance();
    return this.#current;
  }

  add(entry: Entry): void {
    const entries = this.#turns.get(entry.turn) ?? new Set();
    this.#turns.set(entry.turn, entries.add(entry));
    this.#current = Math.min(this.#current, entry.turn);
  }

  delete(entry: Entry): void {
    const entries = this.#turns.get(entry.turn);
    if (entries?.delete(entry) && entries.size === 0) {
      this.#turns.delete(entry.turn);
    }
  }

  first(): Entry | undefined {
    this.#advance();
    const [entry] = this.#turns.get(this.#current) ?? [];
    return entry;
  }

  #advance(): void {
    while (this.#turns.size > 0 && !this.#turns.has(this.#current)) {
      this.#current += 1;
    }
  }
}
