/** One line without its line feed; `bytes` is absent when it is longer than allowed. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Offset of its first byte. */
  readonly byte: number;
  readonly length: number;
  readonly bytes?: Uint8Array;
}

/** Cuts at line feeds and nowhere else: other line separators are text to JSON. Holds at most one line and one chunk. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<Line> {
  let number = 1;
  let byte = 0;
  let length = 0;
  let pieces: Uint8Array[] = [];
  const line = (): Line =>
    length > maxLineBytes ? { number, byte, length } : { number, byte, length, bytes: concatenate(pieces) };

  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const lineFeed = chunk.indexOf(0x0a, from);
      const until = lineFeed === -1 ? chunk.length : lineFeed;
      length += until - from;
      if (length > maxLineBytes) {
        pieces = [];
      } else {
        pieces.push(chunk.subarray(from, until));
      }
      from = until + 1;
      if (lineFeed !== -1) {
        yield line();
        byte += length + 1;
        number += 1;
        length = 0;
        pieces = [];
      }
    }
  }
  if (length > 0) {
    yield line();
  }
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}
