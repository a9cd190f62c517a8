import { TooManyBadRecordsError } from '../errors/too-many-bad-records.ts';
import { defaultRecycleStage } from '../recipe/recipe-schema.ts';
import type { Session } from '../session/open-session.ts';

/** What of a shard, or of its beginning, could not be used. */
export interface BadRecords {
  readonly shard: string;
  readonly records: number;
  readonly bad: number;
  /** Line and reason of the first. */
  readonly first: string;
  readonly isWhole: boolean;
}

/** So few unusable records say nothing about a shard, as long as others are good. */
const tolerableBadRecords = 10;

/** The error of a shard with more unusable records than its recipe allows. */
export function tooManyBadRecords({ recipe }: Session, found: BadRecords): TooManyBadRecordsError | undefined {
  const { maxQuarantinedShare: allowedShare } = recipe.recycle ?? defaultRecycleStage;
  const { records, bad } = found;
  const isTolerable = bad <= tolerableBadRecords && bad < records;
  return bad > allowedShare * records && !isTolerable
    ? new TooManyBadRecordsError({ ...found, allowedShare })
    : undefined;
}
