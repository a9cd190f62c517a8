import { expectShard } from '../expect-shard.ts';
import type { ExpectedShard } from '../read-manifest.ts';
import { isBlank } from './is-blank.ts';
import { readBytes } from './read-bytes.ts';
import { splitLines } from './split-lines.ts';

interface CheckOptions {
  readonly expected: ExpectedShard | undefined;
  readonly maxLineBytes: number;
  readonly abortSignal: AbortSignal;
}

/** Reads a file from end to end: damage costs one pass over it, not the model's work on its first half. */
export async function checkFile(file: string, { expected, maxLineBytes, abortSignal }: CheckOptions): Promise<void> {
  let records = 0;
  for await (const line of splitLines(readBytes(file, abortSignal), maxLineBytes)) {
    records += isBlank(line) ? 0 : 1;
  }
  if (expected !== undefined) {
    await expectShard(file, records, expected, abortSignal);
  }
}
