import { countCharacters } from '../contract/count-characters.ts';
import type { Session } from '../session/open-session.ts';
import type { BadRecords } from './bad-records.ts';

/** Records that are read to estimate the rest. */
const sampledRecords = 200;

export interface SourceSample {
  readonly records: number;
  readonly characters: number;
  /** Whether these are all records that a run would read. */
  readonly isComplete: boolean;
  /** Of the shard that comes first. */
  readonly first: BadRecords | undefined;
}

/** The first records of a dataset. */
export async function readSample({ dataset, abortSignal }: Session, limit: number): Promise<SourceSample> {
  const most = Math.min(limit, sampledRecords);
  const sample = { records: 0, characters: 0, isComplete: true };
  let first: BadRecords | undefined;
  for (const shard of (await dataset?.listShards(abortSignal)) ?? []) {
    const of = { shard: shard.name, records: 0, bad: 0, first: '', isWhole: true };
    for await (const record of dataset?.readShard(shard, abortSignal) ?? []) {
      if (sample.records >= most) {
        sample.isComplete = most === limit;
        of.isWhole = sample.isComplete;
        break;
      }
      sample.records += 1;
      of.records += 1;
      if (record.outcome === 'record') {
        sample.characters += countCharacters(record.text);
      } else {
        of.bad += 1;
        of.first ||= `line ${record.line}: ${record.reason}`;
      }
    }
    first ??= of;
    if (!sample.isComplete || sample.records >= limit) {
      break;
    }
  }
  return { ...sample, first };
}
