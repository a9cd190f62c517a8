import type { RunFolder } from '../run/run-folder.ts';
import { openScoreLog, type ScoreLog } from './score-log.ts';

/** Logs that may be open at a time: `recycle` works on two parts, and their last batches may still be scored. */
const mostOpen = 4;

/** The part that a log is for; its scores hold for this key of `recycle` and this source. */
export interface ScoredPart {
  readonly part: number;
  readonly stageKey: string;
  readonly inputSha256: string;
}

/** Score logs of any number of parts, of which only those in use and the latest few are open. */
export interface ScoreLogs extends AsyncDisposable {
  /** Gives the log of a part while `work` runs. */
  use(part: ScoredPart, work: (log: ScoreLog) => Promise<void>): Promise<void>;
}

export function openScoreLogs(run: RunFolder, stageKey: string): ScoreLogs {
  // The one that was used last stands last.
  const logs = new Map<number, { readonly log: Promise<ScoreLog>; users: number }>();
  let closing: Promise<unknown> = Promise.resolve();

  function close(number: number, log: Promise<ScoreLog>): void {
    logs.delete(number);
    const before = closing;
    // One that could not be opened has told its user so.
    closing = Promise.all([
      before,
      log.then(
        (opened) => opened[Symbol.asyncDispose](),
        () => undefined,
      ),
    ]);
    closing.catch(() => undefined);
  }

  return {
    async use(part, work) {
      const { part: number, stageKey: recycleKey, inputSha256 } = part;
      // After what is closing: a log has one writer at a time.
      const open = () => closing.then(() => openScoreLog(run, number, { stageKey, recycleKey, inputSha256 }));
      const entry = logs.get(number) ?? { log: open(), users: 0 };
      logs.delete(number);
      logs.set(number, entry);
      entry.users += 1;
      try {
        await work(await entry.log);
      } finally {
        entry.users -= 1;
        for (const [other, { log, users }] of [...logs]) {
          if (logs.size > mostOpen && users === 0) {
            close(other, log);
          }
        }
      }
    },

    async [Symbol.asyncDispose]() {
      for (const [number, { log }] of [...logs]) {
        close(number, log);
      }
      await closing;
    },
  };
}
