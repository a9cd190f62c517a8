import type { ReproError } from './errors/repro-error.ts';
import type { ItemEnd } from './item-end.ts';
import type { MessageBody } from './protocol.ts';

/** How a worker was lost. */
export interface WorkerLoss {
  /** Follows "the worker": "exited with code 1". */
  readonly reason: string;
  /** The host ended it, so that its items are under no suspicion. */
  readonly blameless: boolean;
  /** The last lines that it wrote. */
  readonly output: readonly string[];
}

/** What a pool hears of one of its workers. */
export interface ConnectionEvents {
  onReady(ready: MessageBody<'ready'>): void;
  /** One value of a stream. */
  onMore(itemId: number, value: unknown): void;
  onEnd(itemId: number, end: ItemEnd): void;
  /** These items outlived their deadline, or their cancel; the worker is ended next. */
  onOverdue(itemIds: readonly number[]): void;
  onProgress(progress: MessageBody<'progress'>): void;
  onLog(level: string, message: string): void;
  /** The pools that wait for these items. */
  poolsThatWaitFor(itemIds: readonly number[]): ReadonlySet<object>;
  /** Nothing more comes; the process is gone or about to go. */
  onLost(loss: WorkerLoss): void;
  /** It cannot start, and trying again would not help. */
  onStartFailed(error: ReproError): void;
}
