import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Shard } from '../contract/dataset.ts';

/** sha256 of a shard's file, or of its version where it is no file. */
export async function hashShard(shard: Shard, abortSignal: AbortSignal): Promise<string> {
  if (shard.file === undefined) {
    return hash('sha256', `${shard.name}\n${shard.version}`);
  }
  const digest = createHash('sha256');
  await pipeline(createReadStream(shard.file.path, { highWaterMark: 1 << 20 }), digest, { signal: abortSignal });
  return digest.digest('hex');
}
