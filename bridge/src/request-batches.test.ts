import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeMessage } from './codec.ts';
import { checkInput, requestBatches } from './request-batches.ts';

it('keeps the order and puts nothing into a request that does not fit one message', () => {
  const largest = 8 * 1024 * 1024 - 2048;
  const sizes = fc.array(fc.oneof(fc.nat(1000), fc.nat(largest)), { maxLength: 12 });
  fc.assert(
    fc.property(sizes, (bytes) => {
      const items = bytes.map((size, id) => ({ id, input: { bytesAtMost: size } }));
      const batches = requestBatches(items);
      expect(batches.flat()).toEqual(items);
      for (const batch of batches) {
        expect(batch.reduce((sum, item) => sum + item.input.bytesAtMost + 32, 1024)).toBeLessThanOrEqual(
          8 * 1024 * 1024,
        );
      }
    }),
  );
});

it('takes the largest input that one message can carry', () => {
  const input = 'x'.repeat(8 * 1024 * 1024 - 1024 - 32 - 5);
  const items = [{ id: 2 ** 50, input: checkInput(input) }];
  expect(() =>
    encodeMessage('request', { id: 2 ** 50, method: 'm'.repeat(200), items, deadlineMilliseconds: 1 }),
  ).not.toThrow();
  expect(() => checkInput(`${input}x`)).toThrow(expect.objectContaining({ code: 'REPRO_MESSAGE_TOO_LARGE' }));
});
