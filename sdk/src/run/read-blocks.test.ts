import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBlocks } from './read-blocks.ts';
import { testRun } from './test-run.ts';

it('reads any range of a file that grows meanwhile, and each block of it hardly twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(200_000), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat(1_000_000)),
      async (sizes, numbers) => {
        const run = await testRun();
        await using file = await run.store.openAppend('grown');
        let whole = Buffer.alloc(0);
        const read = readBlocks({
          ...file,
          get bytes() {
            return file.bytes;
          },
        });
        for (const [index, size] of sizes.entries()) {
          const more = Buffer.alloc(size, `${index} of many `);
          whole = Buffer.concat([whole, more]);
          await file.append(more);
          for (let reads = 0; reads < 4; reads += 1) {
            const offset = (numbers.next().value ?? 0) % (whole.length + 1);
            const bytes = (numbers.next().value ?? 0) % (whole.length - offset + 1);
            expect((await read(offset, bytes)).equals(whole.subarray(offset, offset + bytes))).toBe(true);
          }
        }
      },
    ),
    { numRuns: 6 },
  );
});

it('asks the file once for many ranges of one place', async () => {
  const run = await testRun();
  await using file = await run.store.openAppend('grown');
  await file.append(Buffer.alloc(300_000));
  let asked = 0;
  const read = readBlocks({
    ...file,
    bytes: file.bytes,
    readRange: (offset, bytes) => {
      asked += 1;
      return file.readRange(offset, bytes);
    },
  });
  for (let offset = 0; offset < 250_000; offset += 1_000) {
    await read(offset, 1_000);
  }
  expect(asked).toBe(1);
});
