import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from './codec.ts';
import { FrameRoom } from './frame-room.ts';

const large = { callbackId: 3, value: 'large text é '.repeat(50_000) };

it('has room for one large frame at a time, and for the next one when that has arrived', () => {
  const room = new FrameRoom();
  const memory = room.take(1, 1_000_000);
  expect(memory).toBeDefined();
  expect(room.take(2, 1_000_000)).toBeUndefined();
  room.free(2);
  expect(room.take(2, 1_000_000)).toBeUndefined();
  room.free(1);
  expect(room.take(2, 1_000_000)).toBe(memory);
});

it('leaves small frames to the allocator', () => {
  const room = new FrameRoom();
  expect(room.take(1, 1_000)).toBeUndefined();
  expect(room.take(2, 1_000_000)).toBeDefined();
});

it('holds the same frame as other memory, and no frame that is made after it', () => {
  const room = new FrameRoom();
  const frame = encodeMessage('callbackResult', large, (bytesAtMost) => room.take(1, bytesAtMost));
  const before = Buffer.from(frame);
  const next = encodeMessage('result', { requestId: 7 });
  room.free(1);
  expect(room.take(2, 1_000_000)?.buffer).toBe(frame.buffer);
  expect(next.buffer).not.toBe(frame.buffer);
  expect(frame.equals(before)).toBe(true);
  expect(frame.equals(encodeMessage('callbackResult', large))).toBe(true);
  expect(decodeMessage(frame)).toMatchObject({ message: { body: large } });
});

it('lets a frame that does not fit have other memory', () => {
  const frame = encodeMessage('callbackResult', large, () => Buffer.allocUnsafeSlow(10_000));
  expect(frame.equals(encodeMessage('callbackResult', large))).toBe(true);
});
