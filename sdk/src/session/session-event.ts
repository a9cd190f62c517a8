import type { PoolEvent } from '@repro/bridge';

/** Every stage there is, in the order in which they run. */
export const stageNames = ['train', 'recycle', 'score', 'filter'] as const;
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
  /** One step of a training is done; what is null could not be measured. */
  | {
      readonly type: 'training';
      readonly algorithm: string;
      readonly step: number;
      readonly steps: number;
      /** Mean of the weighted sum, and of each reward. */
      readonly total: number | null;
      readonly rewards: Readonly<Record<string, number | null>>;
      readonly loss: number | null;
      readonly kl: number | null;
      readonly lengthRatio: number | null;
      readonly rejectedShare: number | null;
      readonly cutOffShare: number | null;
      readonly unscoredShare: number | null;
      /** Groups whose rollouts all have the same total: they teach nothing. */
      readonly zeroVarianceShare: number | null;
      readonly tokensPerSecond: number | null;
      readonly secondsLeft: number | null;
    }
  /** The model was measured on the held-out documents; step 0 is before training. */
  | {
      readonly type: 'evaluation';
      readonly algorithm: string;
      readonly step: number;
      readonly total: { readonly mean: number; readonly low: number; readonly high: number } | undefined;
      readonly rewards: Readonly<Record<string, number | undefined>>;
      readonly acceptedShare: number;
      readonly lengthRatio: number | undefined;
    }
  /** Something worth knowing that is no fault. */
  | { readonly type: 'note'; readonly stage: StageName; readonly message: string }
  | { readonly type: 'worker'; readonly event: PoolEvent }
  | { readonly type: 'warning'; readonly message: string };
