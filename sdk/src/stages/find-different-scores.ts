import { partName } from '../run/part-commit.ts';
import { listCommittedParts, readCommit } from '../run/read-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { changedVersion, type DifferentPart } from './find-different-parts.ts';
import { scoreKey, versionsOf } from './stage-key.ts';

/**
 * Committed scores that other rewards, models or versions have given, and damaged ones. Scores of texts that are not
 * there any more are no output and not among them.
 */
export async function findDifferentScores(session: Session, run: RunReader): Promise<readonly DifferentPart[]> {
  const stageKey = await scoreKey(session);
  const different: DifferentPart[] = [];
  for (const number of listCommittedParts(run, 'score')) {
    const found = await readCommit(run, 'score', number, { stageKey });
    const commit = 'commit' in found ? found.commit : undefined;
    const why =
      found.state === 'damaged'
        ? `${found.file} ${found.problem}`
        : found.state === 'other-key'
          ? 'made with other rewards, their settings or models'
          : commit && changedVersion(commit, versionsOf(session, 'score'));
    if (why !== undefined) {
      different.push({ part: `score/${partName(number)}`, shard: run.shards[number] ?? '', why, number, commit });
    }
  }
  return different;
}
