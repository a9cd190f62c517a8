import { maxMessageBytes } from './protocol.ts';

/** Below this memory is cheap: the allocator has it at hand. */
const fewestBytes = 128 * 1024;
/** msgpackr moves to new memory when it comes this close to the end. */
const spareBytes = 4096;

/**
 * Memory for one large frame at a time, written again once its frame has arrived: pages that the kernel hands out anew
 * cost more than what is written into them.
 */
export class FrameRoom {
  #memory: Buffer | undefined;
  #holder: number | undefined;

  /** Room for the frame of request `holder`; undefined while another one is there, and when the frame is small. */
  take(holder: number, bytesAtMost: number): Buffer | undefined {
    if (this.#holder !== undefined || bytesAtMost < fewestBytes) {
      return undefined;
    }
    this.#holder = holder;
    this.#memory ??= Buffer.allocUnsafeSlow(maxMessageBytes + spareBytes);
    return this.#memory;
  }

  /** The frame of this request has arrived, so nobody reads it here any more. */
  free(holder: number): void {
    if (this.#holder === holder) {
      this.#holder = undefined;
    }
  }
}
