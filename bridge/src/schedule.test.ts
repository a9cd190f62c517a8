import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScheduledItem } from './schedule.ts';
import { Schedule } from './schedule.ts';

const room = { maxInFlight: 100, maxBytes: 1_000_000 };

function item(id: number, rest: Partial<ScheduledItem> = {}): ScheduledItem {
  return { id, group: 'm', bytes: 1, affinity: undefined, ...rest };
}

function items(first: number, count: number, rest: Partial<ScheduledItem> = {}): readonly ScheduledItem[] {
  return Array.from({ length: count }, (_, index) => item(first + index, rest));
}

/** Ids that each worker gets now. */
function assigned(schedule: Schedule): Readonly<Record<string, readonly number[]>> {
  const byWorker: Record<string, number[]> = {};
  for (const { worker, items: given } of schedule.assign()) {
    byWorker[worker] = [...(byWorker[worker] ?? []), ...given.map(({ id }) => id)];
  }
  return byWorker;
}

describe('who runs what', () => {
  it('keeps within a worker’s items and bytes, and tops up as each ends', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 3, maxBytes: 10 });
    schedule.add([item(1, { bytes: 6 }), item(2, { bytes: 4 }), item(3, { bytes: 1 }), item(4, { bytes: 1 })]);
    expect(assigned(schedule)).toEqual({ a: [1, 2] });
    schedule.end(2);
    expect(assigned(schedule)).toEqual({ a: [3, 4] });
  });

  it('runs an item that is larger than a worker’s bytes alone', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 3, maxBytes: 10 });
    schedule.add([item(1, { bytes: 50 }), item(2)]);
    expect(assigned(schedule)).toEqual({ a: [1] });
    schedule.end(1);
    expect(assigned(schedule)).toEqual({ a: [2] });
  });

  it('lets a short call pass a long one that came before', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 4, maxBytes: 100 });
    schedule.add(items(1, 100));
    assigned(schedule);
    schedule.add(items(1000, 2));
    schedule.end(1);
    schedule.end(2);
    schedule.end(3);
    expect(assigned(schedule)).toEqual({ a: [5, 1000, 6] });
  });

  it('gives the least busy worker the next item, and one request only items of one group', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', room);
    schedule.workerReady('b', room);
    schedule.add([item(1), item(2), item(3), item(4, { group: 'n' })]);
    expect(schedule.assign()).toEqual([
      { worker: 'a', items: [item(1), item(3)] },
      { worker: 'b', items: [item(2)] },
      { worker: 'b', items: [item(4, { group: 'n' })] },
    ]);
  });

  it('keeps items of one key on one worker while it has room', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 3, maxBytes: 100 });
    schedule.workerReady('b', { maxInFlight: 3, maxBytes: 100 });
    schedule.add(items(1, 2, { affinity: 'page 1' }));
    schedule.add(items(11, 1));
    schedule.add(items(21, 2, { affinity: 'page 1' }));
    expect(assigned(schedule)).toEqual({ a: [1, 21, 2], b: [11, 22] });
  });
});

describe('after a worker died', () => {
  it('runs suspects on one worker, at most 8 together and apart from all others', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', room);
    schedule.add(items(1, 12));
    assigned(schedule);
    expect(schedule.workerLost('a')).toEqual({ killers: [], broken: [], suspects: 12 });
    schedule.add(items(101, 2));
    schedule.workerReady('b', room);
    schedule.workerReady('c', room);
    expect(assigned(schedule)).toEqual({ b: [1, 2, 3, 4, 5, 6, 7, 8], c: [101, 102] });
    schedule.end(1);
    expect(assigned(schedule)).toEqual({ b: [9] });
  });

  it('empties a busy worker before suspects run there', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 1, maxBytes: 100 });
    schedule.workerReady('b', { maxInFlight: 1, maxBytes: 100 });
    schedule.add(items(1, 3));
    assigned(schedule);
    schedule.workerLost('a');
    expect(assigned(schedule)).toEqual({});
    schedule.end(2);
    expect(assigned(schedule)).toEqual({ b: [1] });
    schedule.end(1);
    expect(assigned(schedule)).toEqual({ b: [3] });
  });

  it('convicts an item only when it was alone twice', () => {
    const schedule = new Schedule();
    schedule.add(items(1, 2));
    const deaths = Array.from({ length: 5 }, (_, life) => {
      schedule.workerReady(`w${life}`, room);
      return { ran: Object.values(assigned(schedule)).flat(), loss: schedule.workerLost(`w${life}`) };
    });
    expect(deaths).toEqual([
      { ran: [1, 2], loss: { killers: [], broken: [], suspects: 2 } }, // beside others
      { ran: [1, 2], loss: { killers: [], broken: [], suspects: 2 } }, // among suspects
      { ran: [1], loss: { killers: [], broken: [], suspects: 1 } },
      { ran: [2], loss: { killers: [], broken: [], suspects: 1 } },
      { ran: [1], loss: { killers: [1], broken: [], suspects: 0 } },
    ]);
  });

  it('knows from the first death that an item was alone there, and convicts it at the second', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', room);
    schedule.add([item(1)]);
    assigned(schedule);
    expect(schedule.workerLost('a')).toEqual({ killers: [], broken: [], suspects: 1 });
    schedule.workerReady('b', room);
    expect(assigned(schedule)).toEqual({ b: [1] });
    expect(schedule.workerLost('b')).toEqual({ killers: [1], broken: [], suspects: 0 });
  });

  it('does not begin a stream again that has given values', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', room);
    schedule.add(items(1, 2));
    assigned(schedule);
    schedule.streamed(1);
    expect(schedule.workerLost('a')).toEqual({ killers: [], broken: [1], suspects: 1 });
  });

  it('suspects nobody when the worker was ended on purpose, and keeps their turns', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 2, maxBytes: 100 });
    schedule.add(items(1, 4));
    assigned(schedule);
    expect(schedule.workerLost('a', { blameless: true })).toEqual({ killers: [], broken: [], suspects: 0 });
    schedule.workerReady('b', room);
    expect(assigned(schedule)).toEqual({ b: [1, 2, 3, 4] });
  });

  it('forgets abandoned items', () => {
    const schedule = new Schedule();
    schedule.workerReady('a', { maxInFlight: 1, maxBytes: 100 });
    schedule.add(items(1, 2));
    assigned(schedule);
    expect(schedule.abandon(1)).toBe('a');
    expect(schedule.abandon(2)).toBeUndefined();
    expect(schedule.workerLost('a')).toEqual({ killers: [], broken: [], suspects: 0 });
    expect(schedule.unfinished).toBe(0);
  });
});

describe('whatever dies when', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('finish' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stream' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon' as const), pick: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('kill' as const), pick: fc.nat(), blameless: fc.boolean() }),
    },
  );

  it('every item ends exactly once, and an innocent one is never convicted', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 3 }),
        fc.func(fc.nat(9)),
        (steps, replicas, dice) => {
          const world = new World(replicas, (id) => dice(id) === 0);
          for (const each of steps) {
            world.play(each);
          }
          world.runOut();
        },
      ),
      { numRuns: 300 },
    );
  });
});

type Step =
  | { readonly kind: 'add'; readonly count: number }
  | { readonly kind: 'finish' | 'stream' | 'abandon'; readonly pick: number }
  | { readonly kind: 'kill'; readonly pick: number; readonly blameless: boolean };

/** Workers that die when a killer reaches its end there, and whenever else the test says. */
class World {
  readonly #schedule = new Schedule();
  readonly #isKiller: (id: number) => boolean;
  readonly #workers = new Map<string, Set<number>>();
  readonly #ends = new Map<number, string>();
  readonly #abandoned = new Set<number>();
  readonly #streamed = new Set<number>();
  readonly #outsideDeaths = new Set<number>();
  #lastId = 0;
  #lastWorker = 0;

  constructor(replicas: number, isKiller: (id: number) => boolean) {
    this.#isKiller = isKiller;
    for (let count = 0; count < replicas; count += 1) {
      this.#startWorker();
    }
  }

  play(step: Step): void {
    if (step.kind === 'add') {
      this.#schedule.add(items(this.#lastId + 1, step.count));
      this.#lastId += step.count;
    } else if (step.kind === 'kill') {
      const worker = [...this.#workers.keys()][step.pick % this.#workers.size] ?? '';
      for (const id of this.#workers.get(worker) ?? []) {
        this.#outsideDeaths.add(id);
      }
      this.#lose(worker, step.blameless);
    } else {
      const running = [...this.#workers.values()].flatMap((ids) => [...ids]);
      const id = running[step.pick % running.length];
      if (id !== undefined) {
        this.#act(step.kind, id);
      }
    }
    this.#assign();
  }

  /** Nothing dies from outside any more: everything comes to its end. */
  runOut(): void {
    this.#assign();
    for (let rounds = 0; this.#schedule.unfinished > 0; rounds += 1) {
      const running = [...this.#workers.values()].flatMap((ids) => [...ids]);
      expect(running.length, 'something runs while items are left').toBeGreaterThan(0);
      expect(rounds).toBeLessThan(10_000);
      this.#act('finish', running[0] ?? 0);
      this.#assign();
    }
    for (let id = 1; id <= this.#lastId; id += 1) {
      expect(this.#ends.has(id) || this.#abandoned.has(id), `item ${id} has ended`).toBe(true);
      if (this.#ends.get(id) === 'killer' && !this.#isKiller(id)) {
        expect(this.#outsideDeaths, 'only deaths from outside can convict an innocent').toContain(id);
      }
      if (this.#isKiller(id) && !this.#abandoned.has(id)) {
        expect(['killer', 'broken']).toContain(this.#ends.get(id));
      }
      if (this.#ends.get(id) === 'broken') {
        expect(this.#streamed).toContain(id);
      }
    }
  }

  #act(kind: 'finish' | 'stream' | 'abandon', id: number): void {
    if (kind === 'stream') {
      this.#streamed.add(id);
      this.#schedule.streamed(id);
    } else if (kind === 'abandon') {
      this.#abandoned.add(id);
      this.#schedule.abandon(id);
    } else if (this.#isKiller(id)) {
      this.#lose(this.#workerOf(id), false);
    } else {
      this.#workers.get(this.#workerOf(id))?.delete(id);
      this.#schedule.end(id);
      this.#end(id, 'value');
    }
  }

  #lose(worker: string, blameless: boolean): void {
    this.#workers.delete(worker);
    const { killers, broken } = this.#schedule.workerLost(worker, { blameless });
    for (const id of killers) {
      this.#end(id, 'killer');
    }
    for (const id of broken) {
      this.#end(id, 'broken');
    }
    this.#startWorker();
  }

  #end(id: number, how: string): void {
    expect(this.#ends.has(id), `item ${id} ended before`).toBe(false);
    if (!this.#abandoned.has(id)) {
      this.#ends.set(id, how);
    }
  }

  #assign(): void {
    for (const { worker, items: given } of this.#schedule.assign()) {
      const running = this.#workers.get(worker);
      for (const { id } of given) {
        expect(this.#ends.has(id), `item ${id} runs after its end`).toBe(false);
        expect(
          [...this.#workers.values()].some((ids) => ids.has(id)),
          `item ${id} runs twice`,
        ).toBe(false);
        running?.add(id);
      }
      expect(running?.size).toBeLessThanOrEqual(10);
    }
  }

  #workerOf(id: number): string {
    return [...this.#workers].find(([, ids]) => ids.has(id))?.[0] ?? '';
  }

  #startWorker(): void {
    this.#lastWorker += 1;
    this.#workers.set(`w${this.#lastWorker}`, new Set());
    this.#schedule.workerReady(`w${this.#lastWorker}`, { maxInFlight: 10, maxBytes: 100 });
  }
}
