import { TurnQueue } from './turn-queue.ts';

/** What the schedule knows of an item. */
export interface ScheduledItem {
  readonly id: number;
  /** Items of one group may travel in one request. */
  readonly group: string;
  readonly bytes: number;
  /** Items of one key prefer one worker. */
  readonly affinity: string | undefined;
}

/** What a worker takes at a time: unfinished items and their bytes. */
export interface Capacity {
  readonly maxInFlight: number;
  readonly maxBytes: number;
}

export interface Assignment {
  readonly worker: string;
  readonly items: readonly ScheduledItem[];
}

/** What becomes of the unfinished items of a lost worker; the others run again. */
export interface Loss {
  /** Ended two workers while alone there: never tried again. */
  readonly killers: readonly number[];
  /** Had given values of a stream, so they cannot begin again. */
  readonly broken: readonly number[];
  /** Run again, with care. */
  readonly suspects: number;
}

/** Suspects that share a worker at first. */
const suspectWindow = 8;
/** Deaths of its worker while an item is alone there, after which it is held to be the cause. */
const deathsThatConvict = 2;
/** Keys whose worker is remembered. */
const rememberedAffinities = 4096;

type Suspicion = 'none' | 'grouped' | 'alone';

interface Entry {
  readonly item: ScheduledItem;
  readonly turn: number;
  worker: WorkerState | undefined;
  suspicion: Suspicion;
  deathsAlone: number;
  streamed: boolean;
  /** Nobody waits for it any more; it only takes room until its worker is done with it. */
  abandoned: boolean;
}

interface WorkerState {
  readonly id: string;
  readonly capacity: Capacity;
  readonly running: Set<Entry>;
  bytes: number;
}

/**
 * Decides which item runs on which worker, and what happens to it when that worker dies. No sockets, no clock: every
 * event is a method, so that a test can play any order of them.
 *
 * The items of one `add` take turns with those of all others: the n-th of a call waits n rounds. After a worker dies its
 * unfinished items are suspects: one worker runs them apart from all others, at most 8 together; those that were there
 * when it dies again run alone, and an item that ends two workers while alone is the killer. One that was the only item of
 * a worker was alone there, whatever brought it there.
 */
export class Schedule {
  readonly #entries = new Map<number, Entry>();
  readonly #workers = new Map<string, WorkerState>();
  readonly #ordinary = new TurnQueue<Entry>();
  readonly #grouped = new Set<Entry>();
  readonly #alone = new Set<Entry>();
  /** The worker that runs suspects, or is being emptied for them. */
  #isolated: WorkerState | undefined;
  readonly #affinities = new Map<string, string>();

  /** Items that have not ended, abandoned ones that still run included. */
  get unfinished(): number {
    return this.#entries.size;
  }

  add(items: readonly ScheduledItem[]): void {
    const first = this.#ordinary.currentTurn;
    for (const [index, item] of items.entries()) {
      const turn = first + index;
      const entry: Entry = {
        item,
        turn,
        worker: undefined,
        suspicion: 'none',
        deathsAlone: 0,
        streamed: false,
        abandoned: false,
      };
      this.#entries.set(item.id, entry);
      this.#wait(entry);
    }
  }

  workerReady(id: string, capacity: Capacity): void {
    this.#workers.set(id, { id, capacity, running: new Set(), bytes: 0 });
  }

  /** What to send now: for each worker the items of one group. */
  assign(): readonly Assignment[] {
    const placed: Entry[] = [];
    this.#placeSuspects(placed);
    this.#placeOrdinary(placed);
    const assignments = new Map<string, { worker: string; items: ScheduledItem[] }>();
    for (const { item, worker } of placed) {
      const id = worker?.id ?? '';
      const key = `${id}\0${item.group}`;
      const assignment = assignments.get(key) ?? { worker: id, items: [] };
      assignment.items.push(item);
      assignments.set(key, assignment);
    }
    return [...assignments.values()];
  }

  /** The item gave a value of its stream. */
  streamed(id: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      entry.streamed = true;
    }
  }

  /** The item has ended. */
  end(id: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      this.#forget(entry);
    }
  }

  /** Nobody waits for the item any more. Gives the worker that still runs it, or undefined when it is gone. */
  abandon(id: number): string | undefined {
    const entry = this.#entries.get(id);
    if (entry?.worker === undefined) {
      this.end(id);
      return undefined;
    }
    entry.abandoned = true;
    return entry.worker.id;
  }

  /** A worker died. With `blameless` it was ended on purpose, so its items are under no suspicion. */
  workerLost(id: string, { blameless = false }: { readonly blameless?: boolean } = {}): Loss {
    const worker = this.#workers.get(id);
    const killers: number[] = [];
    const broken: number[] = [];
    let suspects = 0;
    this.#workers.delete(id);
    if (this.#isolated === worker) {
      this.#isolated = undefined;
    }
    const alone = worker?.running.size === 1;
    for (const entry of worker?.running ?? []) {
      entry.worker = undefined;
      if (!blameless && alone) {
        entry.deathsAlone += 1;
      }
      if (entry.abandoned) {
        this.#forget(entry);
      } else if (entry.streamed) {
        broken.push(entry.item.id);
        this.#forget(entry);
      } else if (entry.deathsAlone >= deathsThatConvict) {
        killers.push(entry.item.id);
        this.#forget(entry);
      } else {
        if (!blameless) {
          entry.suspicion = entry.suspicion === 'none' && !alone ? 'grouped' : 'alone';
          suspects += 1;
        }
        this.#wait(entry);
      }
    }
    return { killers, broken, suspects };
  }

  #placeSuspects(placed: Entry[]): void {
    const waiting = this.#grouped.size + this.#alone.size > 0;
    if (!waiting) {
      if (this.#isolated?.running.size === 0) {
        this.#isolated = undefined;
      }
      return;
    }
    this.#isolated ??= leastBusy(this.#workers.values());
    const worker = this.#isolated;
    if (worker === undefined || [...worker.running].some(({ suspicion }) => suspicion !== 'grouped')) {
      return; // none yet, still being emptied, or a suspect is alone there
    }
    for (const entry of this.#grouped) {
      if (worker.running.size >= suspectWindow || !hasRoom(worker, entry)) {
        return;
      }
      this.#place(entry, worker, placed);
    }
    const [next] = this.#alone;
    if (next !== undefined && worker.running.size === 0) {
      this.#place(next, worker, placed);
    }
  }

  #placeOrdinary(placed: Entry[]): void {
    for (let entry = this.#ordinary.first(); entry !== undefined; entry = this.#ordinary.first()) {
      const worker = this.#choose(entry);
      if (worker === undefined) {
        return;
      }
      this.#place(entry, worker, placed);
    }
  }

  #choose(entry: Entry): WorkerState | undefined {
    const open = [...this.#workers.values()].filter((worker) => worker !== this.#isolated && hasRoom(worker, entry));
    const { affinity } = entry.item;
    const preferred = affinity === undefined ? undefined : this.#affinities.get(affinity);
    const worker = open.find(({ id }) => id === preferred) ?? leastBusy(open);
    if (affinity !== undefined && worker !== undefined) {
      this.#remember(affinity, worker.id);
    }
    return worker;
  }

  #remember(affinity: string, worker: string): void {
    this.#affinities.delete(affinity);
    this.#affinities.set(affinity, worker);
    if (this.#affinities.size > rememberedAffinities) {
      const [oldest] = this.#affinities.keys();
      this.#affinities.delete(oldest ?? affinity);
    }
  }

  #place(entry: Entry, worker: WorkerState, placed: Entry[]): void {
    this.#leaveQueue(entry);
    entry.worker = worker;
    worker.running.add(entry);
    worker.bytes += entry.item.bytes;
    placed.push(entry);
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.item.id);
    if (entry.worker === undefined) {
      this.#leaveQueue(entry);
    } else {
      entry.worker.running.delete(entry);
      entry.worker.bytes -= entry.item.bytes;
    }
  }

  #wait(entry: Entry): void {
    if (entry.suspicion === 'grouped') {
      this.#grouped.add(entry);
    } else if (entry.suspicion === 'alone') {
      this.#alone.add(entry);
    } else {
      this.#ordinary.add(entry);
    }
  }

  #leaveQueue(entry: Entry): void {
    this.#grouped.delete(entry);
    this.#alone.delete(entry);
    this.#ordinary.delete(entry);
  }
}

/** An item that is larger than `maxBytes` still runs, alone. */
function hasRoom({ running, bytes, capacity }: WorkerState, { item }: Entry): boolean {
  return running.size < capacity.maxInFlight && (running.size === 0 || bytes + item.bytes <= capacity.maxBytes);
}

function leastBusy(workers: Iterable<WorkerState>): WorkerState | undefined {
  let best: WorkerState | undefined;
  for (const worker of workers) {
    const fewer = best === undefined || worker.running.size < best.running.size;
    if (fewer || (worker.running.size === best?.running.size && worker.bytes < best.bytes)) {
      best = worker;
    }
  }
  return best;
}
