import { basename, join, resolve } from 'node:path';
import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import { LeasedElsewhereError } from '../errors/leased-elsewhere.ts';
import { RunNotFoundError } from '../errors/run-not-found.ts';
import { joinHosts, type LeaseOptions, newHostId } from './hosts.ts';
import { type Decision, type Journal, type JournalState, openJournal, partKey } from './journal.ts';
import { describeOwner } from './owner.ts';
import { takePart } from './part-lease.ts';
import { openPosixStore } from './posix-store.ts';
import { publishDecided, recoverRun } from './recover-run.ts';
import { createRunFile, readRunFile } from './run-file.ts';
import type { AppendFile, Store } from './store.ts';

/** A run as anyone may read it. */
export interface RunReader {
  readonly name: string;
  /** What was decided; of a reader, when it was opened. */
  readonly journal: Pick<Journal, 'state'>;
  /** Absolute path. */
  readonly folder: string;
  readonly store: Store;
  /** Shard names by part number. */
  readonly shards: readonly string[];
  /** What `remember` kept. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A part that this host works on until it disposes of this. */
export interface PartLease extends AsyncDisposable {
  /** What was decided of the part before; a commit that is made now takes its place. */
  readonly replaces: Decision | undefined;
}

/** A run that this process works in, perhaps with others, until it is disposed. */
export interface RunFolder extends RunReader, AsyncDisposable {
  /** This process among the hosts of the run. */
  readonly host: string;
  readonly owner: string;
  readonly journal: Journal;
  /** Absolute path of the folder for log files of workers and hosts. */
  readonly logsFolder: string;
  /** The caller's signal, and LeaseLostError when the other hosts have given this one up. */
  readonly abortSignal: AbortSignal;
  /** Gives every shard a part number that has none, in this order, kept for ever. */
  registerShards(names: readonly string[]): Promise<void>;
  /** Given on first sight and kept for ever. */
  partNumber(shard: string): Promise<number>;
  /** The first value wins, unless it is to be replaced: the kept one comes back. */
  remember(key: string, value: string, options?: { readonly replace?: boolean }): Promise<string>;
  /** Says what this host makes of a stage; LeasedElsewhereError when another live one makes something else of it. */
  claimStage(stage: string, key: string): Promise<void>;
  /** Takes a part to work on; undefined while another live host has it. Whether it is done is to be asked after that. */
  takePart(stage: string, part: number): Promise<PartLease | undefined>;
  /** Throws a LeaseLostError when the other hosts have given this one up: that is why whatever else failed has failed. */
  throwIfLost(): Promise<void>;
  /** One line of events.jsonl, with the time and the host. */
  recordEvent(event: { readonly type: string; readonly [key: string]: JsonWritable | undefined }): Promise<void>;
}

export interface OpenRunOptions {
  /** Folder that holds the runs. */
  readonly runs: string;
  readonly name: string;
  /** The resolved recipe as YAML. */
  readonly recipe: string;
  readonly abortSignal?: AbortSignal | undefined;
  readonly lease?: LeaseOptions | undefined;
}

/** Creates or continues `<runs>/<name>`; any number of processes and machines may do so at the same time. */
export async function openRunFolder({ runs, name, recipe, abortSignal, lease }: OpenRunOptions): Promise<RunFolder> {
  const id = newHostId();
  const store = openPosixStore(join(runs, name), { temporaryFolder: `_tmp/${id}` });
  // First of all: a run of a newer release is left alone.
  await createRunFile(store, name);
  await using opening = new AsyncDisposableStack();
  const journal = await openJournal(store, id);
  const recovered = new Set<string>();
  opening.defer(async () => {
    try {
      await journal.read();
      await publishDecided(store, journal, id);
      await store.remove(`_tmp/${id}`);
    } catch {
      // What cannot be published now (a full disk) is left for the next host, and may not hide why the run ends.
    }
  });
  const hosts = opening.use(await joinHosts(store, journal, id, lease));
  await recoverRun(store, journal, hosts, recovered);
  await store.write('recipe.resolved.yaml', recipe);
  await store.makeFolder('logs');
  const events = opening.use(await openEvents(store));
  const owned = opening.move();
  const signal = abortSignal ? AbortSignal.any([abortSignal, hosts.lost]) : hosts.lost;

  async function registerShards(names: readonly string[]): Promise<void> {
    await journal.decide(({ shards }) => {
      const known = new Set(shards);
      const added = [...new Set(names)].filter((shard) => !known.has(shard));
      return added.length === 0 ? undefined : { type: 'shards', names: added };
    });
  }

  return {
    name,
    folder: store.root,
    store,
    shards: journal.state.shards,
    notes: journal.state.notes,
    host: id,
    owner: hosts.owner,
    journal,
    logsFolder: join(store.root, 'logs'),
    abortSignal: signal,
    registerShards,

    async partNumber(shard) {
      if (!journal.state.shards.includes(shard)) {
        await registerShards([shard]);
      }
      return journal.state.shards.indexOf(shard);
    },

    async remember(key, value, { replace = false } = {}) {
      await journal.decide(({ notes }) => {
        const kept = notes.get(key);
        return kept === undefined || (replace && kept !== value) ? { type: 'note', key, value } : undefined;
      });
      return journal.state.notes.get(key) ?? value;
    },

    async claimStage(stage, key) {
      const isClaimed = () => journal.state.hosts.get(id)?.stages.get(stage) === key;
      while (!isClaimed()) {
        for (const [host, { owner }] of workingOtherwise(await journal.read(), stage, key)) {
          if (host !== id && (await hosts.isSurelyHere(host, signal))) {
            throw new LeasedElsewhereError({ run: store.root, stage, owner: describeOwner(owner) });
          }
        }
        await journal.decide((state) =>
          workingOtherwise(state, stage, key).some(([host]) => host !== id)
            ? undefined
            : { type: 'stage', host: id, stage, key },
        );
      }
    },

    async takePart(stage, part) {
      const taken = await takePart(store, hosts, stage, part);
      // A host that was found gone just now may have decided the part.
      await recoverRun(store, journal, hosts, recovered);
      const replaces = journal.state.standing.get(partKey(stage, part));
      return taken && { replaces, [Symbol.asyncDispose]: () => taken[Symbol.asyncDispose]() };
    },

    async throwIfLost() {
      await journal.decide(() => undefined);
    },

    async recordEvent(event) {
      await events.append(`${stringifyJson({ at: new Date().toISOString(), host: id, ...event })}\n`);
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function workingOtherwise({ hosts }: JournalState, stage: string, key: string) {
  return [...hosts].filter(([, { state, stages }]) => state === 'here' && (stages.get(stage) ?? key) !== key);
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
  if ((await readRunFile(store)) === undefined) {
    throw new RunNotFoundError({ folder: store.root });
  }
  const journal = await openJournal(store);
  const { shards, notes } = journal.state;
  return { name: basename(store.root), folder: store.root, store, journal, shards, notes };
}

/** The run as it is decided now, whatever is decided while one looks at it. */
export function viewOfNow(run: RunFolder): RunReader {
  const { state } = run.journal;
  const now = { ...state, standing: new Map(state.standing), decisions: [...state.decisions] };
  return { ...run, journal: { state: now } };
}
