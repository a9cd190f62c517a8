import { MessageTooLargeError } from './errors/message-too-large.ts';
import { maxMessageBytes } from './protocol.ts';
import { toWireValue, WireValue } from './wire-value.ts';

/** What a request adds to its items, and an item to its input. */
const requestOverheadBytes = 1024;
const itemOverheadBytes = 32;
const roomForItems = maxMessageBytes - requestOverheadBytes;

/** An input as it can be sent; throws when it cannot. */
export function checkInput(input: unknown): WireValue {
  const checked = toWireValue(input);
  const room = roomForItems - itemOverheadBytes;
  if (checked.bytesAtMost <= room) {
    return checked;
  }
  const bytes = checked.countBytes();
  if (bytes > room) {
    throw new MessageTooLargeError(`An input takes ${bytes} bytes, at most ${room} can be sent.`, {
      hint: 'Split it, or pass a path to a file.',
    });
  }
  return new WireValue(checked.value, bytes);
}

/** The items in order, cut into requests that fit one message each. */
export function requestBatches<Item extends { readonly input: { readonly bytesAtMost: number } }>(
  items: readonly Item[],
): readonly (readonly [Item, ...Item[]])[] {
  const batches: [Item, ...Item[]][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = item.input.bytesAtMost + itemOverheadBytes;
    const batch = batches.at(-1);
    if (batch !== undefined && bytes <= room) {
      batch.push(item);
      room -= bytes;
    } else {
      batches.push([item]);
      room = roomForItems - bytes;
    }
  }
  return batches;
}
