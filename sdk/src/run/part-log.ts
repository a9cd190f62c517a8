import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DamagedPartError } from '../errors/damaged-part.ts';
import { appendTogether } from './append-together.ts';
import { partName } from './part-commit.ts';
import { readBlocks } from './read-blocks.ts';
import type { RunFolder } from './run-folder.ts';
import type { Store } from './store.ts';

export interface PartLogHeader {
  readonly stageKey: string;
  /** sha256 of the source shard. */
  readonly input: string;
}

/** Finished documents of a part in progress, by source line. */
export interface PartLog extends AsyncDisposable {
  /** Finished documents that belong to another key or input; they stay beside it until the part commits. */
  readonly discarded: number;
  has(line: number): boolean;
  /** Every line it has, ascending. */
  lines(): readonly number[];
  append(line: number, payload: string): Promise<void>;
  read(line: number): Promise<string>;
  /** Everything appended so far is on disk when it resolves. */
  flush(): Promise<void>;
}

// A record is its payload's length (u32), the CRC of all the rest (u32), the line (f64) and the payload. Record 0 is
// the header. Little-endian.
const recordHeadBytes = 16;
/** A power cut costs at most this many finished documents, or the last two seconds; with a model that is far less. */
const recordsPerSync = 1024;
const syncMilliseconds = 2000;

/** Opens the log of a part, or begins one. Of a damaged log, everything before the damage is kept. */
export async function openPartLog(
  run: RunFolder,
  stage: string,
  part: number,
  header: PartLogHeader,
): Promise<PartLog> {
  const path = logPath(stage, part, header);
  const found = await scanLog(run.store, path);
  const isOurs = found.header === headerText(header);

  // Always a new file: a host that was only paused keeps writing into the old one, which nobody reads any more.
  await using copy = await run.store.stage(`${partName(part)}.log`);
  if (isOurs) {
    for await (const chunk of run.store.stream(path, found.end)) {
      await copy.write(chunk);
    }
  } else {
    await copy.write(encodeRecord(0, headerText(header)));
  }
  await copy.seal();
  const file = await copy.publishForAppend(path);
  const append = appendTogether(file);
  const readRange = readBlocks(file);
  const places = isOurs ? found.places : new Map<number, RecordPlace>();
  let unsynced = 0;
  const flush = async () => {
    if (unsynced > 0) {
      unsynced = 0;
      await file.sync();
    }
  };
  let failed: unknown;
  const timer = setInterval(() => {
    flush().catch((error: unknown) => {
      failed = error;
    });
  }, syncMilliseconds).unref();

  return {
    discarded: await countOthers(run.store, stage, part, path),
    has: (line) => places.has(line),
    lines: () => [...places.keys()].sort((one, other) => one - other),

    async append(line, payload) {
      if (failed !== undefined) {
        throw failed;
      }
      if (places.has(line)) {
        throw new Error(`${path} already has line ${line}`);
      }
      const bytes = encodeRecord(line, payload);
      const offset = await append(bytes);
      places.set(line, { offset, bytes: bytes.length });
      unsynced += 1;
      if (unsynced >= recordsPerSync) {
        await flush();
      }
    },

    async read(line) {
      const place = places.get(line);
      if (place === undefined) {
        throw new Error(`${path} has no line ${line}`);
      }
      const bytes = await readRange(place.offset, place.bytes);
      if (!isWhole(bytes) || bytes.readDoubleLE(8) !== line) {
        throw new DamagedPartError({
          file: path,
          byte: place.offset,
          problem: 'the record has changed since it was written',
        });
      }
      return payloadOf(bytes);
    },

    flush,

    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      // Only a power cut needs this flush, and what ends the work must not be hidden by it.
      await flush().catch(() => undefined);
      await file[Symbol.asyncDispose]();
    },
  };
}

/** Log files of a part, whatever their key. */
export async function listPartLogs(store: Store, stage: string, part: number): Promise<readonly string[]> {
  const names = await store.list(stage);
  return names
    .filter((name) => name.startsWith(`${partName(part)}.`) && name.endsWith('.log'))
    .map((name) => `${stage}/${name}`);
}

/** Parts that have a log but are not among the committed ones, as `recycle/part-00012`. */
export async function listPartsInProgress(
  store: Store,
  stage: string,
  committed: readonly number[],
): Promise<readonly string[]> {
  const names = (await store.list(stage)).flatMap((name) => /^(part-\d+)\..*\.log$/.exec(name)?.[1] ?? []);
  const done = new Set(committed.map(partName));
  return [...new Set(names)].filter((name) => !done.has(name)).map((name) => `${stage}/${name}`);
}

/** One file per key and input, so that going back to an earlier recipe finds its work again. */
function logPath(stage: string, part: number, header: PartLogHeader): string {
  const key = createHash('sha256').update(headerText(header)).digest('hex').slice(0, 12);
  return `${stage}/${partName(part)}.${key}.log`;
}

function headerText({ stageKey, input }: PartLogHeader): string {
  return JSON.stringify({ format: 1, stageKey, input });
}

interface RecordPlace {
  readonly offset: number;
  readonly bytes: number;
}

interface FoundRecords {
  /** Undefined when not even the header is whole. */
  readonly header: string | undefined;
  readonly places: Map<number, RecordPlace>;
  /** Where the first torn or damaged record begins, or the file ends. */
  readonly end: number;
}

/** Where the whole records of a log stand, one of them in memory at a time. */
async function scanLog(store: Store, path: string): Promise<FoundRecords> {
  const places = new Map<number, RecordPlace>();
  let header: string | undefined;
  let end = 0;
  if ((await store.size(path)) === undefined) {
    return { header, places, end };
  }
  await using file = await store.openAppend(path);
  while (end + recordHeadBytes <= file.bytes) {
    const bytes = recordHeadBytes + (await file.readRange(end, recordHeadBytes)).readUInt32LE(0);
    const record = end + bytes <= file.bytes ? await file.readRange(end, bytes) : undefined;
    if (record === undefined || !isWhole(record)) {
      break;
    }
    if (header === undefined) {
      header = payloadOf(record);
    } else {
      places.set(record.readDoubleLE(8), { offset: end, bytes });
    }
    end += bytes;
  }
  return { header, places, end };
}

async function countOthers(store: Store, stage: string, part: number, ours: string): Promise<number> {
  let count = 0;
  for (const path of await listPartLogs(store, stage, part)) {
    count += path === ours ? 0 : (await scanLog(store, path)).places.size;
  }
  return count;
}

function encodeRecord(line: number, payload: string): Buffer {
  const payloadBytes = Buffer.byteLength(payload);
  const record = Buffer.allocUnsafe(recordHeadBytes + payloadBytes);
  record.writeUInt32LE(payloadBytes, 0);
  record.writeDoubleLE(line, 8);
  record.write(payload, recordHeadBytes);
  record.writeUInt32LE(checksum(record), 4);
  return record;
}

function payloadOf(record: Buffer): string {
  return record.toString('utf8', recordHeadBytes);
}

/** Whether no byte of a record has changed. */
function isWhole(record: Buffer): boolean {
  return recordHeadBytes + record.readUInt32LE(0) === record.length && record.readUInt32LE(4) === checksum(record);
}

/** Covers the length as well: a flipped bit there must not make another record look whole. */
function checksum(record: Buffer): number {
  return crc32(record.subarray(8), crc32(record.subarray(0, 4)));
}
