import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { openSession, type Session } from '@repro/sdk';
import { stringifyJson } from '@repro/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Small files, cut at each byte and with each byte changed: what a reader makes of them is an error that names file and
// byte, quarantined records with their place, or the data as it was. What cannot be told from a whole file is listed here
// exactly, and a manifest tells it.

const rows = [
  '{"id":"a","text":"The museum is open from Tuesday to Sunday."}',
  '{"id":"b","text":"naïve 😀 \\u00e9","n":9007199254740993}',
  '{"id":"c","text":"Bus 14 stops at the gate.","meta":{"url":"https://example.org"}}',
  '{"id":"d","text":""}',
];
const lines = rows.map((row) => Buffer.from(`${row}\n`));
interface Piece {
  readonly bytes: Uint8Array;
  /** Records that it ends. */
  readonly records: number;
  /** What it holds, by the library alone. Throws when it is damaged. */
  readonly decode: (bytes: Uint8Array) => Uint8Array;
}

const as = (
  encode: (text: Uint8Array) => Uint8Array,
  decode: (bytes: Uint8Array) => Uint8Array,
  text: Uint8Array,
  records: number,
): Piece => ({ bytes: encode(text), records, decode });

const [a, b, c, d] = lines as [Buffer, Buffer, Buffer, Buffer];
const same = (bytes: Uint8Array) => bytes;
const nothing: Piece = {
  bytes: Buffer.from('5a2a4d1805000000aabbccddee', 'hex'),
  records: 0,
  decode: () => new Uint8Array(0),
};
const zstd = (checksumFlag: number): readonly Piece[] => {
  const compress = (text: Uint8Array) =>
    zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: checksumFlag } });
  return [
    as(compress, zstdDecompressSync, a, 1),
    nothing,
    as(compress, zstdDecompressSync, Buffer.concat([b, c]), 2),
    nothing,
    as(compress, zstdDecompressSync, d, 1),
  ];
};
/** `blind`: that some changes cannot be seen, as nothing in such a file says what it should be. */
const samples: readonly { readonly name: string; readonly pieces: readonly Piece[]; readonly blind: boolean }[] = [
  {
    name: 'plain lines',
    // A line is whole before its line feed too.
    pieces: lines.flatMap((line) => [as(same, same, line.subarray(0, -1), 1), as(same, same, line.subarray(-1), 0)]),
    blind: true,
  },
  {
    name: 'gzip of three members',
    pieces: [
      as(gzipSync, gunzipSync, a, 1),
      as(gzipSync, gunzipSync, Buffer.concat([b, c]), 2),
      as(gzipSync, gunzipSync, d, 1),
    ],
    blind: false,
  },
  { name: 'zstd of three frames with checksums, skippable ones between', pieces: zstd(1), blind: false },
  { name: 'zstd of three frames without checksums, skippable ones between', pieces: zstd(0), blind: true },
];

/** Length of each beginning that is a whole file of its kind, and the records that it holds. */
function wholeBeginningsOf(pieces: readonly Piece[]): ReadonlyMap<number, number> {
  const beginnings = new Map([[0, 0]]);
  let [length, records] = [0, 0];
  for (const piece of pieces) {
    length += piece.bytes.length;
    records += piece.records;
    beginnings.set(length, records);
  }
  return beginnings;
}

/** Whether changed bytes are a sound file that merely says something else: each piece decodes, each line is a page. */
function saysSomethingElse(pieces: readonly Piece[], changed: Buffer): boolean {
  let end = 0;
  try {
    const decoded = Buffer.concat(
      pieces.map(({ bytes, decode }) => {
        end += bytes.length;
        return decode(changed.subarray(end - bytes.length, end));
      }),
    );
    const pages = new TextDecoder('utf-8', { fatal: true }).decode(decoded).trimEnd().split('\n');
    return !decoded.equals(Buffer.concat(lines)) && pages.every((page) => typeof JSON.parse(page).text === 'string');
  } catch {
    return false;
  }
}

let folder = '';
let file = '';
let manifest = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repro-bytes-'));
  file = join(folder, 'pages');
  manifest = join(folder, 'manifest.json');
});
afterAll(() => rm(folder, { recursive: true }));

const openPages = (more: object = {}): Promise<Session> =>
  openSession({ name: 'bytes', seed: 1, dataset: { use: 'jsonl', path: file, id: 'id', ...more } } as never);

type Reading =
  | { readonly outcome: 'error'; readonly code: string }
  | { readonly outcome: 'read'; readonly records: readonly string[]; readonly bad: number };

/** What a reader makes of these bytes. Anything that is not named as it should be fails here. */
async function read({ dataset }: Session, bytes: Uint8Array): Promise<Reading> {
  await writeFile(file, bytes);
  const { signal } = new AbortController();
  const records: string[] = [];
  let bad = 0;
  try {
    for (const shard of (await dataset?.listShards(signal)) ?? []) {
      for await (const record of dataset?.readShard(shard, signal) ?? []) {
        if (record.outcome === 'record') {
          records.push(stringifyJson({ id: record.id ?? null, text: record.text, ...record.metadata }));
        } else {
          expect(record).toMatchObject({ file, line: expect.any(Number), byte: expect.any(Number) });
          bad += 1;
        }
      }
    }
  } catch (error) {
    // Found before the first record, so nothing was done with the others in vain.
    expect(records).toEqual([]);
    const { code, byte, message } = error as { code: string; byte?: number; message: string };
    expect(message).toContain(file);
    if (code === 'REPRO_UNREADABLE_SHARD') {
      expect(byte).toBeGreaterThanOrEqual(0);
      expect(byte).toBeLessThanOrEqual(bytes.length);
      expect(message).toContain(`byte ${byte}`);
    } else {
      expect(code).toBe('REPRO_SHARD_DIFFERS');
    }
    return { outcome: 'error', code };
  }
  return { outcome: 'read', records, bad };
}

/** Each byte with one bit changed, with every bit changed, and as zero. */
function* changesOf(bytes: Buffer): Generator<{ readonly at: number; readonly changed: Buffer }> {
  for (const [at, byte] of bytes.entries()) {
    const values = new Set([byte ^ (1 << (at % 8)), byte ^ 0xff, 0]);
    values.delete(byte);
    for (const value of values) {
      const changed = Buffer.from(bytes);
      changed[at] = value;
      yield { at, changed };
    }
  }
}

async function writeManifest(facts: object): Promise<void> {
  await writeFile(manifest, JSON.stringify({ pages: facts }));
}

describe.each(samples)('$name', ({ pieces, blind }) => {
  const bytes = Buffer.concat(pieces.map((piece) => piece.bytes));
  const wholeBeginnings = wholeBeginningsOf(pieces);

  it('is read as it is', async () => {
    await using session = await openPages();
    const whole = await read(session, bytes);
    expect(whole).toEqual({ outcome: 'read', records: whole.outcome === 'read' && whole.records, bad: 0 });
    expect(whole.outcome === 'read' && whole.records).toHaveLength(lines.length);
  });

  it('cut anywhere is found, but for cuts between two whole pieces', async () => {
    await using session = await openPages();
    const whole = await read(session, bytes);
    const records = whole.outcome === 'read' ? whole.records : [];
    for (let length = 0; length < bytes.length; length += 1) {
      const reading = await read(session, bytes.subarray(0, length));
      const held = wholeBeginnings.get(length);
      if (held !== undefined) {
        expect({ length, reading }).toEqual({
          length,
          reading: { outcome: 'read', records: records.slice(0, held), bad: 0 },
        });
      } else if (bytes.equals(Buffer.concat(lines))) {
        // The line that was cut is quarantined, those before it are as they were.
        expect(reading).toMatchObject({ outcome: 'read', bad: 1 });
        const kept = reading.outcome === 'read' ? reading.records : [];
        expect(kept).toEqual(records.slice(0, kept.length));
      } else {
        expect({ length, reading }).toEqual({ length, reading: { outcome: 'error', code: 'REPRO_UNREADABLE_SHARD' } });
      }
    }
  });

  it('cut anywhere is found with the number of records at hand', async () => {
    await writeManifest({ records: lines.length });
    await using session = await openPages({ manifest });
    for (const [length, records] of wholeBeginnings) {
      const reading = await read(session, bytes.subarray(0, length));
      expect(reading).toMatchObject(
        records === lines.length ? { outcome: 'read', bad: 0 } : { outcome: 'error', code: 'REPRO_SHARD_DIFFERS' },
      );
    }
  });

  it('with any byte changed is found, quarantined or unchanged, but for a sound file that says something else', async () => {
    await using session = await openPages();
    const whole = await read(session, bytes);
    let unnoticed = 0;
    for (const { at, changed } of changesOf(bytes)) {
      const reading = await read(session, changed);
      if (reading.outcome === 'read' && reading.bad === 0 && !isDeepStrictEqual(reading, whole)) {
        expect({ at, value: changed[at], says: saysSomethingElse(pieces, changed) }).toMatchObject({ says: true });
        unnoticed += 1;
      }
    }
    expect(unnoticed > 0).toBe(blind);
  });

  it('with any byte changed is found with its sha256 at hand', async () => {
    await writeManifest({ sha256: createHash('sha256').update(bytes).digest('hex') });
    await using session = await openPages({ manifest });
    expect(await read(session, bytes)).toMatchObject({ outcome: 'read', bad: 0 });
    for (const [at, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes.with(at, byte ^ 1));
      expect(await read(session, changed)).toMatchObject({ outcome: 'error' });
    }
  });
});
