import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from './codec.ts';
import { maxMessageBytes, messageKinds } from './protocol.ts';
import { toWireValue } from './wire-value.ts';

/** JSON as records hold it; -0 is left out because it arrives as 0. */
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    // A bigint that a number could hold exactly comes back as that number.
    fc.bigInt(2n ** 53n + 1n, 2n ** 64n - 1n),
    fc.bigInt(-(2n ** 63n), -(2n ** 53n) - 1n),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: 'binary', maxLength: 8 }).filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}));

it('carries any JSON value unchanged, and knows its size before packing it', () => {
  fc.assert(
    fc.property(json, (value) => {
      const frame = encodeMessage('callbackResult', { callbackId: 3, value });
      expect(decodeMessage(frame)).toEqual({
        outcome: 'message',
        message: { kind: 'callbackResult', body: { callbackId: 3, value } },
      });
      const checked = toWireValue({ callbackId: 3, value });
      expect(frame.length).toBe(4 + checked.countBytes());
      expect(frame.length).toBeLessThanOrEqual(4 + checked.bytesAtMost);
    }),
  );
});

it('answers any bytes with a value', () => {
  const kind = fc.constantFrom(...Object.values(messageKinds));
  fc.assert(
    fc.property(kind, fc.uint8Array({ maxLength: 64 }), (number, bytes) => {
      expect(decodeMessage(Uint8Array.of(0x52, 0x42, 1, number, ...bytes)).outcome).toMatch(/^(message|bad)$/);
    }),
  );
});

it('refuses every truncation of a frame, and reads the next one unharmed', () => {
  fc.assert(
    fc.property(json, fc.nat(), (value, cut) => {
      const frame = encodeMessage('callbackResult', { callbackId: 3, value });
      expect(decodeMessage(frame.subarray(0, cut % frame.length)).outcome).toBe('bad');
      expect(decodeMessage(frame).outcome).toBe('message');
    }),
  );
});

it('decodes keys that name parts of Object to nothing but keys', () => {
  const value: unknown = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  const decoded = decodeMessage(encodeMessage('callbackResult', { callbackId: 3, value }));
  expect(decoded).toMatchObject({ outcome: 'message' });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('does not overflow the stack on deep garbage', () => {
  const frame = Buffer.concat([Uint8Array.of(0x52, 0x42, 1, 6), Buffer.alloc(1_000_000, 0x91)]);
  expect(decodeMessage(frame)).toMatchObject({ outcome: 'bad' });
});

it('refuses a message of more than 8 MiB, and sends one that just fits', () => {
  const overhead = toWireValue({ callbackId: 3, value: 'x'.repeat(70_000) }).countBytes() - 70_000;
  const largest = maxMessageBytes - 4 - overhead;
  expect(encodeMessage('callbackResult', { callbackId: 3, value: 'x'.repeat(largest) })).toHaveLength(maxMessageBytes);
  expect(() => encodeMessage('callbackResult', { callbackId: 3, value: 'x'.repeat(largest + 1) })).toThrow(
    /8388609 bytes/,
  );
});

it.each(['\ufeff', `\ufeff${'x'.repeat(100)}`, `a\ufeff${'\ufeff'.repeat(40)}`])(
  'keeps byte order marks: %j',
  (value) => {
    const frame = encodeMessage('callbackResult', { callbackId: 3, value });
    expect(decodeMessage(frame)).toMatchObject({ message: { body: { value } } });
  },
);
