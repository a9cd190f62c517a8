import type { RewardScore } from '../contract/reward.ts';
import { combineScores, type RewardWeighting } from '../rewards/combine-scores.ts';
import { openRunDatabase } from '../run/open-run-database.ts';
import type { PartCommit } from '../run/part-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import { readCommits } from './recycle-summary.ts';

export interface RewardSummary {
  /** Mean of the raw values; undefined when nothing was scored. */
  readonly mean: number | undefined;
  /** Share at or above the threshold, where the recipe has one. */
  readonly passed: number | undefined;
  readonly threshold: number | undefined;
  readonly weight: number;
  readonly scored: number;
  readonly unscored: number;
}

export interface ScoreSummary {
  readonly run: string;
  readonly parts: number;
  readonly records: number;
  readonly rewards: Readonly<Record<string, RewardSummary>>;
  /** Weighted sum with thresholds and gates, over the records that have every needed part. */
  readonly total: { readonly mean: number | undefined; readonly scored: number; readonly unscored: number };
}

/** Means over all scored parts, with the weights and thresholds that the recipe has now. */
export async function summarizeScores(run: RunReader, rewards: readonly RewardWeighting[]): Promise<ScoreSummary> {
  const tallies = new Map(rewards.map(({ name }) => [name, { sum: 0, passed: 0, scored: 0, unscored: 0 }]));
  const total = { sum: 0, scored: 0, unscored: 0 };
  let records = 0;
  const commits = await readCommits(run, 'score');
  const written = new Map((await readCommits(run, 'recycle')).map(({ part, counts }) => [part, counts.records]));
  for (const commit of commits) {
    let sampled = 0;
    for await (const scores of readRecordScores(run, commit)) {
      sampled += 1;
      for (const { name, threshold } of rewards) {
        count(tallies.get(name), scores.get(name), threshold);
      }
      const combined = combineScores(rewards, Object.fromEntries(scores));
      total.sum += combined.outcome === 'scored' ? combined.value : 0;
      total[combined.outcome] += 1;
    }
    const all = written.get(commit.part) ?? sampled;
    total[combineScores(rewards, {}).outcome] += all - sampled;
    records += all;
  }
  const byReward = rewards.map(({ name, weight, threshold }) => {
    const { sum, passed, scored, unscored } = tallies.get(name) ?? { sum: 0, passed: 0, scored: 0, unscored: 0 };
    const mean = scored === 0 ? undefined : sum / scored;
    const share = scored === 0 || threshold === undefined ? undefined : passed / scored;
    return [name, { mean, passed: share, threshold, weight, scored, unscored }] as const;
  });
  return {
    run: run.folder,
    parts: commits.length,
    records,
    rewards: Object.fromEntries(byReward),
    total: {
      mean: total.scored === 0 ? undefined : total.sum / total.scored,
      scored: total.scored,
      unscored: total.unscored,
    },
  };
}

/** Scores of each record of a committed part, by reward, in the order of the records. */
export async function* readRecordScores(
  run: RunReader,
  commit: PartCommit,
): AsyncGenerator<ReadonlyMap<string, RewardScore> & { readonly recordId: string }> {
  using database = await openRunDatabase(run);
  await database.show([commit]);
  const result = await database.connection.stream('SELECT record_id, reward, outcome, value, reason FROM scores');
  let current: (Map<string, RewardScore> & { recordId: string }) | undefined;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [recordId, reward, outcome, value, reason] of chunk.getRows()) {
      if (current !== undefined && current.recordId !== recordId) {
        yield current;
        current = undefined;
      }
      current ??= Object.assign(new Map<string, RewardScore>(), { recordId: String(recordId) });
      current.set(
        String(reward),
        outcome === 'scored'
          ? { outcome: 'scored', value: Number(value) }
          : { outcome: 'unscored', reason: String(reason) },
      );
    }
  }
  if (current !== undefined) {
    yield current;
  }
}

function count(
  tally: { sum: number; passed: number; scored: number; unscored: number } | undefined,
  score: RewardScore | undefined,
  threshold: number | undefined,
): void {
  if (tally === undefined || score === undefined) {
    return;
  }
  tally[score.outcome] += 1;
  if (score.outcome === 'scored') {
    tally.sum += score.value;
    tally.passed += threshold !== undefined && score.value >= threshold ? 1 : 0;
  }
}
