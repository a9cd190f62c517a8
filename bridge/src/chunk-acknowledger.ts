/** Acknowledges the chunks of one worker, which stops when too many are unacknowledged. */
export class ChunkAcknowledger {
  readonly #send: (sequence: number) => void;
  #last: number | undefined;
  #held = false;

  constructor(send: (sequence: number) => void) {
    this.#send = send;
  }

  take(sequence: number): void {
    this.#last = sequence;
    if (!this.#held) {
      this.#send(sequence);
    }
  }

  /** Lets the worker run into its window: whoever takes its values is behind. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    if (this.#held && this.#last !== undefined) {
      this.#send(this.#last);
    }
    this.#held = false;
  }
}
