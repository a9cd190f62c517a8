import type { WorkerLoss } from './connection-events.ts';
import type { ReproError } from './errors/repro-error.ts';
import { WorkerLostError } from './errors/worker-lost.ts';
import type { WorkerConnection } from './worker-connection.ts';

const firstBackOffMilliseconds = 100;
const longestBackOffMilliseconds = 10_000;

export interface WorkforceOptions {
  /** Name of the pool. */
  readonly name: string;
  readonly replicas: number;
  /** Losses in a row without progress that are answered by a restart. */
  readonly maxRestarts: number;
  /** Begins one life of a worker. */
  readonly startWorker: (workerId: string) => WorkerConnection;
  readonly onGiveUp: (error: ReproError) => void;
}

/** A place for one worker after the other. */
interface Place {
  readonly number: number;
  lives: number;
  connection: WorkerConnection | undefined;
  restart: NodeJS.Timeout | undefined;
}

/** Keeps the workers of a pool alive: a lost one is followed by another, later each time nothing was achieved between. */
export class Workforce {
  readonly #options: WorkforceOptions;
  readonly #places: readonly Place[];
  #lossesInARow = 0;

  constructor(options: WorkforceOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.replicas }, (_, number) => ({
      number,
      lives: 0,
      connection: undefined,
      restart: undefined,
    }));
  }

  get connections(): readonly WorkerConnection[] {
    return this.#places.map(({ connection }) => connection).filter((connection) => connection !== undefined);
  }

  find(workerId: string): WorkerConnection | undefined {
    return this.connections.find((connection) => connection.workerId === workerId);
  }

  start(): void {
    this.#lossesInARow = 0;
    for (const place of this.#places) {
      this.#fill(place);
    }
  }

  /** An item has ended, so the workers are good for something. */
  progressed(): void {
    this.#lossesInARow = 0;
  }

  /** With `progress` its end has settled something, so it does not count as a loss in a row. */
  lost(workerId: string, { reason, output }: WorkerLoss, { progress }: { readonly progress: boolean }): void {
    this.#lossesInARow = progress ? 0 : this.#lossesInARow + 1;
    const { name, maxRestarts, onGiveUp } = this.#options;
    if (this.#lossesInARow > maxRestarts) {
      onGiveUp(new WorkerLostError({ pool: name, restarts: maxRestarts, reason, output }));
      return;
    }
    const place = this.#places.find(({ connection }) => connection?.workerId === workerId);
    // Its successor needs the memory that it holds until it has ended.
    void place?.connection?.ended.then(() => {
      if (place.connection?.workerId === workerId) {
        place.restart = setTimeout(() => this.#fill(place), this.#backOffMilliseconds());
      }
    });
  }

  /** Stops every worker; gives the ids of those there were. */
  async stop(reason: string): Promise<readonly string[]> {
    const stopped = this.connections;
    for (const place of this.#places) {
      clearTimeout(place.restart);
      place.connection = undefined;
    }
    await Promise.all(stopped.map((connection) => connection.stop(reason)));
    return stopped.map(({ workerId }) => workerId);
  }

  #fill(place: Place): void {
    place.lives += 1;
    place.connection = this.#options.startWorker(`${this.#options.name}/${place.number}.${place.lives}`);
  }

  #backOffMilliseconds(): number {
    const doubled = firstBackOffMilliseconds * 2 ** (this.#lossesInARow - 1);
    return this.#lossesInARow === 0 ? 0 : Math.min(doubled, longestBackOffMilliseconds);
  }
}
