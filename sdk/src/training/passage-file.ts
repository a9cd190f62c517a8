import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../contract/json-text.ts';
import type { JsonObject } from '../contract/json-value.ts';
import type { Passage } from '../contract/rephraser.ts';

/** One line of `passages.jsonl` and `held-out.jsonl`: what the trainer reads, and what its answers are held against. */
export interface PassageRow {
  /** Counted from 0 in its file. */
  readonly row: number;
  readonly documentId: string;
  readonly passage: Passage;
  readonly metadata: JsonObject;
  /** As the wire carries it. */
  readonly prompt: unknown;
}

/** Passages by their row; where each begins is in memory, the passages are not. */
export interface PassageFile extends AsyncDisposable {
  readonly rows: number;
  /** A RangeError when there is no such row. */
  read(row: number): Promise<PassageRow>;
}

const Row = z.looseObject({ row: z.int(), documentId: z.string() });
const lineFeed = 10;

export async function openPassageFile(path: string): Promise<PassageFile> {
  const starts = [0];
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
      starts.push(bytes + at + 1);
    }
    bytes += chunk.length;
  }
  const rows = starts.length - 1;
  const file = await open(path, 'r');
  return {
    rows,

    async read(row) {
      const [start, end] = [starts[row], starts[row + 1]];
      if (start === undefined || end === undefined) {
        throw new RangeError(`${path} has no row ${row}; it has ${rows}`);
      }
      const buffer = Buffer.alloc(end - start);
      await file.read(buffer, 0, buffer.length, start);
      const found = parseJson(buffer.toString());
      if (Row.parse(found).row !== row) {
        throw new RangeError(`${path} has row ${Row.parse(found).row} where ${row} was expected`);
      }
      return found as unknown as PassageRow;
    },

    [Symbol.asyncDispose]: () => file.close(),
  };
}
