import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableShardError } from '../unreadable-shard-error.ts';
import { findZstdFrames } from './find-zstd-frames.ts';

const dataFrame = fc
  .record({
    data: fc.oneof(
      fc.uint8Array(),
      fc.nat(300_000).map((length) => new Uint8Array(length)),
    ),
    level: fc.integer({ min: 1, max: 19 }),
    checksum: fc.boolean(),
    contentSize: fc.boolean(),
  })
  .map(({ data, level, checksum, contentSize }) => ({
    skippable: false,
    bytes: zstdCompressSync(data, {
      params: {
        [constants.ZSTD_c_compressionLevel]: level,
        [constants.ZSTD_c_checksumFlag]: Number(checksum),
        [constants.ZSTD_c_contentSizeFlag]: Number(contentSize),
      },
    }),
  }));

const skippableFrame = fc.tuple(fc.nat(15), fc.uint8Array()).map(([kind, data]) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50 + kind);
  head.writeUInt32LE(data.length, 4);
  return { skippable: true, bytes: Buffer.concat([head, data]) };
});

const find = (file: Buffer) =>
  Array.fromAsync(
    findZstdFrames('a.zst', file.length, async (position, length) => file.subarray(position, position + length)),
  );

describe('findZstdFrames', () => {
  it('finds every frame of a whole file, and the cut in every other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(dataFrame, skippableFrame), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (frames, anywhere) => {
          const file = Buffer.concat(frames.map(({ bytes }) => bytes));
          let start = 0;
          const placed = frames.map(({ skippable, bytes }) => {
            const frame = { skippable, start, end: start + bytes.length };
            start = frame.end;
            return frame;
          });
          const expected = placed.filter(({ skippable }) => !skippable).map(({ start, end }) => ({ start, end }));
          expect(await find(file)).toEqual(expected);

          const cut = anywhere % file.length;
          const damaged = file.subarray(0, cut);
          if (cut === 0 || placed.some(({ end }) => end === cut)) {
            expect(await find(damaged)).toEqual(expected.filter(({ end }) => end <= cut));
          } else {
            await expect(find(damaged)).rejects.toThrow(/is cut off in/);
            await expect(find(damaged)).rejects.toMatchObject({ file: 'a.zst', byte: cut });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says where no frame begins and which block is damaged', async () => {
    const frame = zstdCompressSync('text');
    await expect(find(Buffer.concat([frame, Buffer.from('junk')]))).rejects.toThrow(
      new UnreadableShardError({
        file: 'a.zst',
        byte: frame.length,
        problem: 'a zstd frame should begin here and does not',
      }),
    );
    const reserved = Buffer.from('28b52ffd2000' + '070000', 'hex');
    await expect(find(reserved)).rejects.toThrow(/damaged block header of the zstd frame at byte 0 \(byte 6\)/);
  });
});
