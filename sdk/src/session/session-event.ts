import type { PoolEvent } from '@repro/bridge';

/** Every stage there is, in the order in which they run. */
export const stageNames = ['recycle', 'score', 'filter'] as const;
export type StageName = (typeof stageNames)[number];

/** What a session tells while it works; the CLI draws it, a program may. */
export type SessionEvent =
  | {
      readonly type: 'stage';
      readonly stage: StageName;
      /** `waiting`: other hosts work on what is left. */
      readonly state: 'started' | 'waiting' | 'finished';
    }
  | {
      readonly type: 'progress';
      readonly stage: StageName;
      /** Documents. */
      readonly done: number;
      /** Known once everything has been read. */
      readonly total: number | undefined;
    }
  | {
      readonly type: 'part';
      readonly stage: StageName;
      readonly part: number;
      readonly shard: string;
      readonly state: 'resumed' | 'committed' | 'already-done';
      /** Documents of the part that were finished before this call. */
      readonly documentsBefore?: number;
    }
  | { readonly type: 'worker'; readonly event: PoolEvent }
  | { readonly type: 'warning'; readonly message: string };
