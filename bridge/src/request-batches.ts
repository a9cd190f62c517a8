import { maxMessageBytes } from './protocol.ts';
import { WireValue, writeMsgpack } from './write-msgpack.ts';

/** What a request adds to its items, and an item to its input. */
const requestOverheadBytes = 1024;
const itemOverheadBytes = 32;
const roomForItems = maxMessageBytes - requestOverheadBytes;

/** An input as it is sent, also when it changes later; throws when it cannot be. */
export function checkInput(input: unknown): WireValue {
  return new WireValue(writeMsgpack(input, { what: 'An input', mostBytes: roomForItems - itemOverheadBytes }));
}

/** The items in order, cut into requests that fit one message each. */
export function requestBatches<Item extends { readonly input: { readonly bytes: number } }>(
  items: readonly Item[],
): readonly (readonly [Item, ...Item[]])[] {
  const batches: [Item, ...Item[]][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = item.input.bytes + itemOverheadBytes;
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
