import type { PoolEvent, WorkerPool } from '@repro/bridge';
import { EngineStatistics } from './engine-messages.ts';

/** How often a replica is asked, so that little is forgotten with one that is lost. */
const askAgainMilliseconds = 30_000;

/** What all replicas of an endpoint have done together, those that were lost included. */
export interface EndpointStatistics extends EngineStatistics {
  /** Lives of replicas that ended unasked: what they did after they were last asked is not counted. */
  readonly lostReplicas: number;
}

/** Keeps what each replica of a pool has last said of itself. */
export interface StatisticsKeeper extends Disposable {
  readonly onEvent: (event: PoolEvent) => void;
  sum(): Promise<EndpointStatistics>;
}

export function keepStatistics(pool: () => Promise<WorkerPool>): StatisticsKeeper {
  const last = new Map<string, EngineStatistics>();
  const lost = new Set<string>();

  async function ask(): Promise<void> {
    for (const [workerId, answer] of await (await pool()).callEach('statistics', {})) {
      last.set(workerId, EngineStatistics.parse(answer));
    }
  }

  // Figures are no reason to fail a run.
  const timer = setInterval(() => ask().catch(() => undefined), askAgainMilliseconds).unref();
  return {
    onEvent: (event) => void (event.type === 'lost' && lost.add(event.workerId)),
    async sum() {
      await ask().catch(() => undefined);
      const all = [...last.values()].reduce(add, nothing);
      return { ...all, lostReplicas: lost.size };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

const nothing: EngineStatistics = {
  busySeconds: 0,
  idleSeconds: 0,
  idleWhileWaitingSeconds: 0,
  promptTokens: 0,
  completionTokens: 0,
  items: 0,
};

function add(one: EngineStatistics, other: EngineStatistics): EngineStatistics {
  const keys = Object.keys(nothing) as (keyof EngineStatistics)[];
  return Object.fromEntries(keys.map((key) => [key, one[key] + other[key]])) as EngineStatistics;
}
