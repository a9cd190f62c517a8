import { ReproError } from '@repro/bridge';

/** More records of a shard are unusable than the recipe allows; the shard was not committed, its finished documents are kept. */
export class TooManyBadRecordsError extends ReproError {
  readonly code = 'REPRO_TOO_MANY_BAD_RECORDS';
  readonly shard: string;

  constructor(details: {
    readonly shard: string;
    readonly bad: number;
    readonly records: number;
    /** Whether the shard was read to its end. */
    readonly isWhole: boolean;
    readonly allowedShare: number;
    readonly first: string;
  }) {
    const { shard, bad, records, isWhole, allowedShare, first } = details;
    super(
      `${bad} of ${isWhole ? '' : 'the first '}${records} records of ${shard} are unusable, at most ${allowedShare * 100} % may be; the first: ${first}`,
      {
        hint: 'Correct the dataset entry or the file, or raise recycle.maxQuarantinedShare; the same command then goes on.',
      },
    );
    this.shard = shard;
  }
}
