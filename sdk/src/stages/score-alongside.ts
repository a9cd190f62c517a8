import type { Session } from '../session/open-session.ts';
import { openFlight } from './flight.ts';
import type { FinishedDocument } from './recycle.ts';
import { scoreDocuments } from './score-documents.ts';
import { openScoreLogs } from './score-logs.ts';
import { logKey, scoreKey } from './stage-key.ts';

/** Documents scored in one batch, and batches that may wait before `recycle` reads on. */
const documentsPerBatch = 8;
const batchesUnderWay = 4;

/** Scores documents while `recycle` makes them, so that `score` finds most of its work done. */
export interface ScoreAlongside {
  readonly onDocument: (finished: FinishedDocument) => Promise<void>;
  /** Scores what is still waiting and closes the logs. */
  finish(): Promise<void>;
}

export async function scoreAlongside(session: Session): Promise<ScoreAlongside> {
  const { abortSignal } = session;
  const run = await session.openRun();
  const stageKey = logKey(session, 'score', await scoreKey(session));
  const score = scoreDocuments(session.rewards);
  const flight = openFlight(batchesUnderWay);
  const logs = openScoreLogs(run, stageKey);
  const underWay = new Set<Promise<void>>();
  let waiting: FinishedDocument[] = [];
  let done = 0;

  function scoreWaiting(): void {
    const batch = waiting;
    waiting = [];
    const task = flight.start(async () => {
      const rows = await score(batch, { abortSignal });
      for (const [index, finished] of batch.entries()) {
        await logs.use(finished, (log) => log.keep(finished.line, finished.records, rows[index] ?? []));
      }
      done += batch.length;
      session.emit({ type: 'progress', stage: 'score', done, total: undefined });
    });
    underWay.add(task);
    // One that fails stays: the next `room` throws it, or `finish`.
    task.then(
      () => underWay.delete(task),
      () => undefined,
    );
  }

  return {
    async onDocument(finished) {
      if (finished.records.length === 0) {
        return;
      }
      waiting.push(finished);
      if (waiting.length >= documentsPerBatch) {
        scoreWaiting();
        await flight.room();
      }
    },

    async finish() {
      try {
        if (waiting.length > 0 && !abortSignal.aborted) {
          scoreWaiting();
        }
        await Promise.all(underWay);
      } finally {
        await Promise.allSettled(underWay);
        await logs[Symbol.asyncDispose]();
      }
    },
  };
}
