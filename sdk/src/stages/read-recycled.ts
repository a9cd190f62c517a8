import type { RewardScore } from '../contract/reward.ts';
import { committedFile } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import { readPartRecords } from '../run/read-records.ts';
import type { OutputRecord } from '../run/rows.ts';
import type { Session } from '../session/open-session.ts';
import type { StageName } from '../session/session-event.ts';
import { readCommits } from './recycle-summary.ts';
import { readRecordScores } from './score-summary.ts';

/** A record with its raw scores by reward; empty where `score` has not run. */
export type ScoredRecord = OutputRecord & { readonly scores: Readonly<Record<string, RewardScore>> };

/** Every committed record of the session's run, in part and source order. `score` gives those that have scores. */
export async function* readRecords(session: Session, stage: StageName): AsyncGenerator<ScoredRecord> {
  const run = await session.openRun();
  for (const commit of await readCommits(run, 'recycle')) {
    const inputSha256 = committedFile(commit, 'records')?.sha256 ?? '';
    const found = await readCommit(run, 'score', commit.part, { inputSha256 });
    await using scores = found.state === 'committed' ? readRecordScores(run, found.commit) : undefined;
    let next = await scores?.next();
    for await (const record of readPartRecords(run, commit)) {
      const own = next?.value?.recordId === record.id ? next.value : undefined;
      if (own !== undefined) {
        next = await scores?.next();
      }
      if (own !== undefined || stage === 'recycle') {
        yield { ...record, scores: Object.fromEntries(own ?? []) };
      }
    }
  }
}
