import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ExpectedShard } from './read-manifest.ts';
import { ShardDiffersError } from './shard-differs-error.ts';

/** Compares a file in which `records` were found with what its manifest says. */
export async function expectShard(
  file: string,
  records: number,
  expected: ExpectedShard,
  abortSignal: AbortSignal,
): Promise<void> {
  if (expected.records !== undefined && records !== expected.records) {
    throw new ShardDiffersError({ file, what: 'records', found: records, expected: expected.records });
  }
  if (expected.sha256 !== undefined) {
    const digest = createHash('sha256');
    await pipeline(createReadStream(file), digest, { signal: abortSignal });
    const sha256 = digest.digest('hex');
    if (sha256 !== expected.sha256) {
      throw new ShardDiffersError({ file, what: 'sha256', found: sha256, expected: expected.sha256 });
    }
  }
}
