/** Acknowledges the chunks of one worker, which pauses when too many are unacknowledged. */
export class ChunkAcknowledger {
  readonly #send: (sequence: number) => void;
  readonly #interval: number;
  #taken = -1;
  #acknowledged = -1;
  #held = false;

  /** Acknowledging every chunk would cost a message each; a quarter of the `window` at a time never lets it close. */
  constructor(window: number, send: (sequence: number) => void) {
    this.#interval = Math.max(1, Math.floor(window / 4));
    this.#send = send;
  }

  take(sequence: number): void {
    this.#taken = sequence;
    if (!this.#held && this.#taken - this.#acknowledged >= this.#interval) {
      this.#acknowledge();
    }
  }

  /** Lets the worker run into its window: whoever takes its values is behind. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    if (this.#held) {
      this.#held = false;
      this.#acknowledge();
    }
  }

  #acknowledge(): void {
    if (this.#taken > this.#acknowledged) {
      this.#acknowledged = this.#taken;
      this.#send(this.#taken);
    }
  }
}
