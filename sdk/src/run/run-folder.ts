import { basename, join, resolve } from 'node:path';
import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import { RunNotFoundError } from '../errors/run-not-found.ts';
import { inTurn } from './in-turn.ts';
import { acquireLease, type Lease } from './lease.ts';
import { openPosixStore, temporaryFolder } from './posix-store.ts';
import { newRunFile, readRunFile, writeRunFile } from './run-file.ts';
import type { AppendFile, Store } from './store.ts';

/** A run as anyone may read it; needs no lease. */
export interface RunReader {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly store: Store;
  /** Shard names by part number. */
  readonly shards: readonly string[];
  /** What `remember` kept. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A run that this process owns until it is disposed. */
export interface RunFolder extends RunReader, AsyncDisposable {
  readonly lease: Lease;
  /** Absolute path of the folder for log files of workers and hosts. */
  readonly logsFolder: string;
  /** The caller's signal, and LeaseLostError when another host took the run over. */
  readonly abortSignal: AbortSignal;
  /** Given on first sight in call order and kept for ever. */
  partNumber(shard: string): Promise<number>;
  /** The first value wins, unless it is to be replaced: the kept one comes back. */
  remember(key: string, value: string, options?: { readonly replace?: boolean }): Promise<string>;
  /** One line of events.jsonl, with the time. */
  recordEvent(event: { readonly type: string; readonly [key: string]: JsonWritable | undefined }): Promise<void>;
}

export interface OpenRunOptions {
  /** Folder that holds the runs. */
  readonly runs: string;
  readonly name: string;
  /** The resolved recipe as YAML. */
  readonly recipe: string;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Creates or continues `<runs>/<name>` and takes its lease. A live owner elsewhere is a LeasedElsewhereError. */
export async function openRunFolder({ runs, name, recipe, abortSignal }: OpenRunOptions): Promise<RunFolder> {
  const store = openPosixStore(join(runs, name));
  // Before the lease: a run of a newer release is left alone.
  await readRunFile(store);
  await using opening = new AsyncDisposableStack();
  const lease = opening.use(await acquireLease(store, { abortSignal }));
  for (const leftover of await store.list(temporaryFolder)) {
    await store.remove(`${temporaryFolder}/${leftover}`);
  }
  const runFile = (await readRunFile(store)) ?? newRunFile(name);
  await writeRunFile(store, runFile);
  await store.write('recipe.resolved.yaml', recipe);
  await store.makeFolder('logs');
  const events = opening.use(await openEvents(store));
  const owned = opening.move();

  const shards = [...runFile.shards];
  const partNumbers = new Map(shards.map((shard, part) => [shard, part]));
  const notes = new Map(runFile.notes);
  const next = inTurn();
  let changes = 0;
  let savedChanges = 0;
  // Any number of concurrent callers share one or two writes.
  const save = () =>
    next(async () => {
      if (savedChanges < changes) {
        await lease.check();
        const written = changes;
        await writeRunFile(store, { ...runFile, shards: [...shards], notes: [...notes] });
        savedChanges = written;
      }
    });

  return {
    name,
    folder: store.root,
    store,
    shards,
    notes,
    lease,
    logsFolder: join(store.root, 'logs'),
    abortSignal: abortSignal ? AbortSignal.any([abortSignal, lease.lost]) : lease.lost,

    async partNumber(shard) {
      const known = partNumbers.get(shard);
      const part = known ?? shards.push(shard) - 1;
      changes += known === undefined ? 1 : 0;
      partNumbers.set(shard, part);
      await save();
      return part;
    },

    async remember(key, value, { replace = false } = {}) {
      const kept = replace ? value : (notes.get(key) ?? value);
      changes += notes.get(key) === kept ? 0 : 1;
      notes.set(key, kept);
      await save();
      return kept;
    },

    async recordEvent(event) {
      await events.append(`${stringifyJson({ at: new Date().toISOString(), ...event })}\n`);
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openEvents(store: Store): Promise<AppendFile> {
  const events = await store.openAppend('events.jsonl');
  // A power cut may have torn the last line; what follows must not be glued to it.
  if (events.bytes > 0 && (await events.readRange(events.bytes - 1, 1)).toString() !== '\n') {
    await events.append('\n');
  }
  return events;
}

/** Opens a run for verify, query and read. */
export async function openRunForReading(folder: string): Promise<RunReader> {
  const store = openPosixStore(resolve(folder));
  const runFile = await readRunFile(store);
  if (runFile === undefined) {
    throw new RunNotFoundError({ folder: store.root });
  }
  return {
    name: basename(store.root),
    folder: store.root,
    store,
    shards: runFile.shards,
    notes: new Map(runFile.notes),
  };
}
