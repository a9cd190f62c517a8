import { z } from 'zod';
import { DamagedRunError } from '../errors/damaged-run.ts';
import { LeaseLostError } from '../errors/lease-lost.ts';
import { inTurn } from './in-turn.ts';
import { describeOwner, Owner } from './owner.ts';
import { PartCommit, partName } from './part-commit.ts';
import type { Store } from './store.ts';

const JournalEntry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('joined'), host: z.string(), owner: Owner }),
  z.object({ type: z.literal('left'), host: z.string() }),
  /** Dead, or silent for too long; whatever it still wants to decide is refused. */
  z.object({ type: z.literal('gone'), host: z.string(), by: z.string() }),
  z.object({ type: z.literal('stage'), host: z.string(), stage: z.string(), key: z.string() }),
  z.object({ type: z.literal('shards'), names: z.array(z.string()) }),
  z.object({ type: z.literal('note'), key: z.string(), value: z.string() }),
  z.object({
    type: z.literal('commit'),
    host: z.string(),
    commit: PartCommit,
    /** Where each file of the part lies until it has its name. */
    staged: z.record(z.string(), z.string()),
  }),
  /** Takes back the commit that was decided as entry `entry`, if it still stands. */
  z.object({ type: z.literal('discard'), host: z.string(), stage: z.string(), part: z.int(), entry: z.int() }),
]);
export type JournalEntry = z.infer<typeof JournalEntry>;

export interface HostState {
  readonly owner: Owner;
  readonly state: 'here' | 'left' | 'gone';
  /** Key by stage, as far as it works on them. */
  readonly stages: ReadonlyMap<string, string>;
}

/** A commit, with the number of its entry. It stands until it is replaced or taken back. */
export type Decision = Extract<JournalEntry, { type: 'commit' }> & { readonly entry: number };

/** What the entries come to. */
export interface JournalState {
  readonly hosts: ReadonlyMap<string, HostState>;
  /** Names by part number; only ever added to. */
  readonly shards: readonly string[];
  /** The latest value of each key. */
  readonly notes: ReadonlyMap<string, string>;
  /** Number of the last entry. */
  readonly entries: number;
  /** All commits, in order, those too that do not stand any more. */
  readonly decisions: readonly Decision[];
  /** What stands for `recycle/part-00012`. */
  readonly standing: ReadonlyMap<string, Decision>;
}

/**
 * What the hosts of a run have decided, one after another: entry n is the file `journal/0000n.json`, created
 * exclusively and never changed. Of two hosts that decide at the same time one is first, and the other decides anew,
 * knowing it.
 */
export interface Journal {
  /** As of the last reading; grows in place. */
  readonly state: JournalState;
  /** Takes in what was decided since. */
  read(): Promise<JournalState>;
  /**
   * Writes what `choose` makes of the newest state; nothing when that is undefined. `choose` is asked again whenever
   * another host was first. LeaseLostError when the others have given this host up.
   */
  decide(choose: (state: JournalState) => JournalEntry | undefined | Promise<JournalEntry | undefined>): Promise<void>;
}

/** Reads the journal of a run; `host` is who decides here. */
export async function openJournal(store: Store, host?: string): Promise<Journal> {
  const state = emptyState();
  const next = inTurn();

  async function takeIn(): Promise<void> {
    for (;;) {
      const path = pathOf(state.entries + 1);
      const text = (await store.read(path))?.toString();
      if (text === undefined) {
        return;
      }
      apply(state, parseEntry(text, `${store.root}/${path}`));
    }
  }

  function refuseWhenGone(): void {
    const found = host === undefined ? undefined : state.hosts.get(host);
    if (found !== undefined && found.state !== 'here') {
      throw new LeaseLostError({ run: store.root, host: describeOwner(found.owner) });
    }
  }

  await takeIn();
  return {
    state,
    read: () =>
      next(async () => {
        await takeIn();
        return state;
      }),
    decide: (choose) =>
      next(async () => {
        for (;;) {
          await takeIn();
          refuseWhenGone();
          const entry = await choose(state);
          if (entry === undefined) {
            return;
          }
          if (await store.createExclusively(pathOf(state.entries + 1), `${JSON.stringify(entry)}\n`)) {
            await takeIn();
            return;
          }
        }
      }),
  };
}

const pathOf = (entry: number) => `journal/${String(entry).padStart(6, '0')}.json`;

/** The name of a part in `standing`. */
export function partKey(stage: string, part: number): string {
  return `${stage}/${partName(part)}`;
}

function parseEntry(text: string, file: string): JournalEntry {
  try {
    return JournalEntry.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedRunError({ file, problem: 'is no journal entry', cause });
  }
}

interface GrowingState extends JournalState {
  entries: number;
  readonly hosts: Map<string, HostState>;
  readonly shards: string[];
  readonly notes: Map<string, string>;
  readonly decisions: Decision[];
  readonly standing: Map<string, Decision>;
}

function emptyState(): GrowingState {
  return { hosts: new Map(), shards: [], notes: new Map(), entries: 0, decisions: [], standing: new Map() };
}

function apply(state: GrowingState, entry: JournalEntry): void {
  state.entries += 1;
  switch (entry.type) {
    case 'joined':
      state.hosts.set(entry.host, { owner: entry.owner, state: 'here', stages: new Map() });
      return;
    case 'left':
    case 'gone':
      changeHost(state, entry.host, { state: entry.type });
      return;
    case 'stage': {
      const stages = new Map(state.hosts.get(entry.host)?.stages).set(entry.stage, entry.key);
      changeHost(state, entry.host, { stages });
      return;
    }
    case 'shards':
      state.shards.push(...entry.names);
      return;
    case 'note':
      state.notes.set(entry.key, entry.value);
      return;
    case 'commit': {
      const decision = { ...entry, entry: state.entries };
      state.decisions.push(decision);
      state.standing.set(partKey(entry.commit.stage, entry.commit.part), decision);
      return;
    }
    case 'discard': {
      const key = partKey(entry.stage, entry.part);
      if (state.standing.get(key)?.entry === entry.entry) {
        state.standing.delete(key);
      }
    }
  }
}

function changeHost(state: GrowingState, host: string, change: Partial<HostState>): void {
  const found = state.hosts.get(host);
  if (found !== undefined) {
    state.hosts.set(host, { ...found, ...change });
  }
}
