import { createHash } from 'node:crypto';
import { VerifyFailedError, type VerifyProblem } from '../errors/verify-failed.ts';
import { checkRelations } from './check-relations.ts';
import { listStages } from './list-stages.ts';
import { openRunDatabase, type RunDatabase } from './open-run-database.ts';
import { committedFile, type PartCommit, partFile, partName } from './part-commit.ts';
import { listPartsInProgress } from './part-log.ts';
import { listCommittedParts, readCommit } from './read-commit.ts';
import { readPartLines } from './read-records.ts';
import { compareCounts, recountPart } from './recount-part.ts';
import { openRunForReading, type RunReader } from './run-folder.ts';
import { checkSums } from './tally-part.ts';
import { verifyTrainings } from './verify-training.ts';

export interface VerifySummary {
  readonly run: string;
  /** Committed parts of all stages. */
  readonly parts: number;
  readonly trainings: number;
  readonly files: number;
  readonly bytes: number;
  /** Source records that were read, quarantined ones included. */
  readonly documents: number;
  readonly records: number;
  /** Of them, those that `filter` kept. */
  readonly kept: number;
  readonly passages: number;
  readonly scores: number;
  readonly quarantined: number;
  /** Parts that have a log but no commit: `recycle/part-00012`. */
  readonly inProgress: readonly string[];
}

/** Re-hashes every committed file and recounts its rows; a VerifyFailedError carries everything that is wrong. */
export async function verifyRun(folder: string): Promise<VerifySummary> {
  const run = await openRunForReading(folder);
  using database = await openRunDatabase(run);
  const problems: VerifyProblem[] = [];
  const commits: PartCommit[] = [];
  const damagedParts = new Set<number>();
  const inProgress: string[] = [];

  for (const stage of await listStages(run)) {
    const committed = listCommittedParts(run, stage);
    for (const part of committed) {
      const found = await verifyPart(run, database, { stage, part });
      if (found.commit !== undefined) {
        commits.push(found.commit);
      }
      if (found.problems.length > 0) {
        damagedParts.add(part);
        problems.push(...found.problems);
      }
    }
    inProgress.push(...(await listPartsInProgress(run.store, stage, committed)));
  }
  const trained = await verifyTrainings(run, (path) => hashFile(run, path));
  problems.push(...trained.problems);
  inProgress.push(...trained.inProgress);
  problems.push(
    ...(await checkRelations(
      database,
      commits.filter(({ part }) => !damagedParts.has(part)),
    )),
  );
  if (problems.length > 0) {
    throw new VerifyFailedError({ run: run.folder, problems });
  }

  const total = (count: (commit: PartCommit) => number) => commits.reduce((sum, commit) => sum + count(commit), 0);
  return {
    run: run.folder,
    parts: commits.length,
    trainings: trained.trainings,
    files: total(({ files }) => files.length) + trained.files,
    bytes: total(({ files }) => files.reduce((sum, { bytes }) => sum + bytes, 0)) + trained.bytes,
    documents: total(({ counts }) => counts.documents.in),
    records: total(({ stage, counts }) => (stage === 'filter' ? 0 : counts.records)),
    kept: total(({ counts }) => counts.filter.kept),
    passages: total(({ counts }) => counts.passages.in),
    scores: total(({ counts }) =>
      Object.values(counts.scores).reduce((sum, reward) => sum + reward.scored + reward.unscored, 0),
    ),
    quarantined: total(({ counts }) => counts.documents.quarantined),
    inProgress,
  };
}

interface PartVerdict {
  readonly commit?: PartCommit;
  readonly problems: readonly VerifyProblem[];
}

/** One part alone: its files against its ok.json. */
async function verifyPart(
  run: RunReader,
  database: RunDatabase,
  { stage, part }: { readonly stage: string; readonly part: number },
): Promise<PartVerdict> {
  const found = await readCommit(run, stage, part);
  if (found.state === 'damaged') {
    return { problems: [{ file: found.file, problem: found.problem }] };
  }
  if (found.state === 'absent') {
    // Its host may be giving the files their names just now.
    const isUnderWay = [...run.journal.state.hosts.values()].some(({ state }) => state === 'here');
    const problem = 'was committed and is not there; the same command publishes it or makes it again';
    return { problems: isUnderWay ? [] : [{ file: `${stage}/${partName(part)}`, problem }] };
  }
  const { commit } = found;
  const changed: VerifyProblem[] = [];
  for (const { name, sha256 } of commit.files) {
    const digest = await hashFile(run, name);
    if (digest !== sha256) {
      changed.push({ file: name, problem: `has changed: sha256 ${digest}, ${sha256} was committed` });
    }
  }
  // Rows of a changed file would only repeat that in other words.
  return { commit, problems: changed.length > 0 ? changed : await verifyCounts(run, database, commit) };
}

async function hashFile({ store }: RunReader, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.stream(path)) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

async function verifyCounts(
  run: RunReader,
  database: RunDatabase,
  commit: PartCommit,
): Promise<readonly VerifyProblem[]> {
  const file = partFile(commit.stage, commit.part, 'commit', commit.revision);
  const problems: string[] = [];
  if (run.shards[commit.part] !== commit.shard) {
    problems.push(
      `is of shard ${commit.shard}, the journal gives the number to ${run.shards[commit.part] ?? 'no shard'}`,
    );
  }
  try {
    await database.show([commit]);
    problems.push(...compareCounts(commit.counts, await recountPart(database.connection)));
    for await (const _ of readPartLines(run, commit)) {
      // Reading checks each frame and its number of lines.
    }
  } catch (error) {
    problems.push(`a file cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  if (committedFile(commit, 'documents') !== undefined) {
    problems.push(...checkSums('documents', commit.counts.documents), ...checkSums('passages', commit.counts.passages));
  }
  return problems.map((problem) => ({ file, problem }));
}
