import type { RewardScore } from '../contract/reward.ts';
import { committedRecords, type PartCommit } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import { readPartRecords } from '../run/read-records.ts';
import type { OutputRecord } from '../run/rows.ts';
import type { RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import type { StageName } from '../session/session-event.ts';
import { inStep } from './in-step.ts';
import { readCommits } from './recycle-summary.ts';
import { readRecordScores } from './score-summary.ts';

/** A record with its raw scores by reward; empty where `score` has not run. */
export type ScoredRecord = OutputRecord & { readonly scores: Readonly<Record<string, RewardScore>> };

/**
 * Every committed record of the session's run, in part and source order. `score` gives those that have scores, `filter`
 * those that it kept.
 */
export async function* readRecords(session: Session, stage: Exclude<StageName, 'train'>): AsyncGenerator<ScoredRecord> {
  const run = await session.openRun();
  for (const commit of await readCommits(run, 'recycle')) {
    await using scores = await readScoresOf(run, commit);
    await using kept = stage === 'filter' ? await readKeptOf(run, commit) : undefined;
    const scoresOf = inStep(scores, ({ recordId }) => recordId);
    const keptOf = inStep(kept, ({ id }) => id);
    for await (const record of readPartRecords(run, commit)) {
      const own = await scoresOf.at(record.id);
      const wanted = { recycle: record, score: own, filter: await keptOf.at(record.id) }[stage];
      if (wanted !== undefined) {
        yield { ...record, scores: Object.fromEntries(own ?? []) };
      }
    }
  }
}

async function readScoresOf(run: RunReader, commit: PartCommit) {
  const inputSha256 = committedRecords(commit)?.sha256 ?? '';
  const found = await readCommit(run, 'score', commit.part, { inputSha256 });
  return found.state === 'committed' ? readRecordScores(run, found.commit) : undefined;
}

async function readKeptOf(run: RunReader, { part }: PartCommit) {
  const found = await readCommit(run, 'filter', part);
  return found.state === 'committed' ? readPartRecords(run, found.commit) : undefined;
}
