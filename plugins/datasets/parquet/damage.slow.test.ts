import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringifyJson } from '@repro/sdk/contract';
import { describe, expect, it } from 'vitest';
import { place, readAll, testFolder, writeParquet } from './test-files.ts';

const rows = `SELECT 'doc-' || i AS id, 'Page ' || i || ' says that ' || (1900 + i) || ' was a good year.' AS text,
  CASE WHEN i % 3 > 0 THEN i * 1125899906842624 END AS views, range(i % 3) AS tags FROM range(6) r(i)`;

/** What became of a file: its records as text, or the error, which must name the file. */
async function outcomeOf(folder: string, bytes: Uint8Array): Promise<string | Error> {
  const path = await place(folder, 'damaged.parquet', bytes);
  try {
    return stringifyJson(await readAll(path, { id: 'id' }));
  } catch (error) {
    expect(error).toMatchObject({ code: 'REPRO_UNREADABLE_SHARD', file: path, message: expect.stringContaining(path) });
    return error as Error;
  }
}

async function sampleFile(options: string): Promise<Buffer> {
  const path = join(await testFolder(), 'whole.parquet');
  await writeParquet(path, rows, options);
  return readFile(path);
}

/** Flips one bit of every `step`-th byte, another one each time; tells where the records are then others than before. */
async function flipBits(whole: Buffer, step: number) {
  const folder = await testFolder();
  const before = await outcomeOf(folder, whole);
  const changed: number[] = [];
  let refused = 0;
  for (let byte = 0; byte < whole.length; byte += step) {
    const damaged = Buffer.from(whole);
    damaged[byte] = (whole[byte] ?? 0) ^ (1 << ((byte / step) % 8));
    const outcome = await outcomeOf(folder, damaged);
    if (outcome instanceof Error) {
      refused += 1;
    } else if (outcome !== before) {
      changed.push(byte);
    }
  }
  return { changed, refused };
}

describe('a parquet file', () => {
  it.each(['COMPRESSION uncompressed', 'COMPRESSION zstd'])('cut off at any byte is refused (%s)', async (options) => {
    const folder = await testFolder();
    const whole = await sampleFile(options);
    for (let length = 0; length < whole.length; length += 1) {
      expect(await outcomeOf(folder, whole.subarray(0, length)), `cut at ${length}`).toBeInstanceOf(Error);
    }
  });

  it('with checksums and a flipped bit is refused or read right; only its footer can lie', async () => {
    const whole = await readFile(new URL('./test-checksums.parquet', import.meta.url));
    const footerStart = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
    const { changed, refused } = await flipBits(whole, 1);
    // Annotations of columns, which nothing in the file repeats.
    expect(changed.filter((byte) => byte < footerStart)).toEqual([]);
    expect(changed.length).toBeLessThan(5);
    expect(refused).toBeGreaterThan(whole.length / 3);
  });

  it('without checksums and with a flipped bit is refused or read, and never breaks the reader', async () => {
    for (const options of ['COMPRESSION uncompressed', 'COMPRESSION zstd']) {
      const { refused } = await flipBits(await sampleFile(options), 3);
      expect(refused).toBeGreaterThan(0);
    }
  });
});
