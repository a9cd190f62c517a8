import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, splitLines } from './split-lines.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

/** Bytes with many line feeds, cut anywhere. */
const chunksOfLines = fc.array(
  fc.oneof(
    fc.array(fc.constantFrom(0x0a, 0x0d, 0x61), { maxLength: 8 }).map((bytes) => Uint8Array.from(bytes)),
    fc.uint8Array({ maxLength: 12 }),
    fc.string({ unit: anyCharacter }).map((text) => Buffer.from(`${text}\u2028\u0085\n`)),
  ),
);

function naiveLines(bytes: Buffer): readonly { number: number; byte: number; bytes: Buffer }[] {
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line, 'latin1'));
  if (lines.at(-1)?.length === 0) {
    lines.pop();
  }
  let byte = 0;
  return lines.map((line, index) => {
    const at = byte;
    byte += line.length + 1;
    return { number: index + 1, byte: at, bytes: line };
  });
}

async function linesOf(chunks: readonly Uint8Array[], maxLineBytes: number): Promise<readonly Line[]> {
  async function* stream() {
    yield* chunks;
  }
  return Array.fromAsync(splitLines(stream(), maxLineBytes));
}

describe('splitLines', () => {
  it('finds the lines that a naive splitter finds, wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(chunksOfLines, fc.integer({ min: 0, max: 20 }), async (chunks, maxLineBytes) => {
        const expected = naiveLines(Buffer.concat(chunks)).map(({ bytes, ...place }) => ({
          ...place,
          length: bytes.length,
          bytes: bytes.length > maxLineBytes ? undefined : [...bytes],
        }));
        const found = (await linesOf(chunks, maxLineBytes)).map((line) => ({
          ...line,
          bytes: line.bytes && [...line.bytes],
        }));
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
