import { z } from 'zod';
import { MessageTooLargeError } from './errors/message-too-large.ts';
import { pack, unpack } from './msgpack.ts';
import type { Message, MessageBody, MessageKind } from './protocol.ts';
import { maxMessageBytes, messageKinds, messageSchemas, preludeBytes, protocolVersion } from './protocol.ts';
import { toWireValue } from './wire-value.ts';

const [letterR, letterB] = [0x52, 0x42];

export type TakeRoom = (bytesAtMost: number) => Buffer | undefined;

const kindOfNumber = new Map<number, MessageKind>(
  Object.entries(messageKinds).map(([kind, number]) => [number, kind as MessageKind]),
);

/**
 * One message as one frame, in the memory that `takeRoom` has for it, if any. Throws rather than send what would arrive
 * changed or be dropped on the way.
 */
export function encodeMessage<Kind extends MessageKind>(
  kind: Kind,
  message: MessageBody<Kind>,
  takeRoom?: TakeRoom,
): Buffer {
  const body = toWireValue(message);
  if (preludeBytes + body.bytesAtMost > maxMessageBytes) {
    checkSize(kind, preludeBytes + body.countBytes());
  }
  const frame = pack(body.value, preludeBytes, takeRoom?.(body.bytesAtMost));
  frame[0] = letterR;
  frame[1] = letterB;
  frame[2] = protocolVersion;
  frame[3] = messageKinds[kind];
  return frame;
}

function checkSize(kind: MessageKind, bytes: number): void {
  if (bytes > maxMessageBytes) {
    throw new MessageTooLargeError(`A ${kind} message takes ${bytes} bytes, at most ${maxMessageBytes} can be sent.`, {
      hint: 'Send less at once: split the text, or pass a path to a file.',
    });
  }
}

/** What a frame holds. What another side sends is never trusted, so a bad frame is a value and not an exception. */
export type DecodedFrame =
  | { readonly outcome: 'message'; readonly message: Message }
  | { readonly outcome: 'bad'; readonly reason: string };

export function decodeMessage(frame: Uint8Array): DecodedFrame {
  if (frame.length < preludeBytes || frame[0] !== letterR || frame[1] !== letterB) {
    return { outcome: 'bad', reason: 'does not begin with the prelude' };
  }
  if (frame[2] !== protocolVersion) {
    return { outcome: 'bad', reason: `speaks protocol version ${frame[2]}, expected ${protocolVersion}` };
  }
  const kind = kindOfNumber.get(frame[3] ?? 0);
  if (kind === undefined) {
    return { outcome: 'bad', reason: `has the unknown kind ${frame[3]}` };
  }
  let unpacked: unknown;
  try {
    unpacked = unpack(Buffer.from(frame.buffer, frame.byteOffset + preludeBytes, frame.length - preludeBytes));
  } catch (error) {
    return { outcome: 'bad', reason: `${kind} is no msgpack: ${error instanceof Error ? error.message : error}` };
  }
  const body = messageSchemas[kind].safeParse(unpacked);
  if (!body.success) {
    return { outcome: 'bad', reason: `${kind} does not match its schema: ${z.prettifyError(body.error)}` };
  }
  return { outcome: 'message', message: { kind, body: body.data } as Message };
}
