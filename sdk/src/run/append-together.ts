import type { AppendFile } from './store.ts';

/**
 * Appends to a file; what comes while a write is under way leaves with the next one, in order. Gives the place where the
 * bytes begin, once they are written.
 */
export function appendTogether(file: AppendFile): (bytes: Uint8Array) => Promise<number> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<number> | undefined;

  async function write(before: Promise<unknown>): Promise<number> {
    await before.catch(() => undefined);
    const together = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    next = undefined;
    return await file.append(together);
  }

  return async (bytes) => {
    const offset = waitingBytes;
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (next === undefined) {
      next = write(last);
      last = next;
    }
    return (await next) + offset;
  };
}
