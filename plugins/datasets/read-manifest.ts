import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { BadManifestError } from './bad-manifest-error.ts';
import type { ShardFile } from './list-shard-files.ts';
import { ShardsNotFoundError } from './shards-not-found-error.ts';

const ExpectedShard = z
  .strictObject({
    /** Lines that are not blank, unreadable ones included. */
    records: z.int().nonnegative().optional(),
    /** Of the file as it lies on disk, in hexadecimal digits. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  })
  .refine(({ records, sha256 }) => records !== undefined || sha256 !== undefined, 'expected "records" or "sha256"');

/** What one shard should hold. */
export type ExpectedShard = z.infer<typeof ExpectedShard>;

/** What each shard should hold, by its name. */
export type Manifest = ReadonlyMap<string, ExpectedShard>;

/** Reads `{ "part-0.jsonl.zst": { "records": 1000, "sha256": "..." }, ... }`. */
export async function readManifest(manifest: string): Promise<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(manifest, 'utf8'));
  } catch (cause) {
    const problem = `cannot be read: ${cause instanceof Error ? cause.message : cause}`;
    throw new BadManifestError({ manifest, problem, cause });
  }
  const parsed = z.record(z.string(), ExpectedShard).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.map((key) => JSON.stringify(key)).join(' in ');
    throw new BadManifestError({ manifest, problem: `is not as expected at ${place || 'its top'}: ${issue?.message}` });
  }
  return new Map(Object.entries(parsed.data));
}

/** A shard that is not there at all is missing from no count, so both lists must be the same. */
export function expectSameShards(manifest: string, expected: Manifest, files: readonly ShardFile[]): void {
  const names = new Set(files.map(({ name }) => name));
  const missing = [...expected.keys()].filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new ShardsNotFoundError({ path: missing.join(', '), problem: `manifest ${manifest} names it` });
  }
  const unknown = files.find(({ name }) => !expected.has(name));
  if (unknown !== undefined) {
    throw new BadManifestError({ manifest, problem: `does not name shard "${unknown.name}" (${unknown.path})` });
  }
}
