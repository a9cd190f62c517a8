import type { RewardScore } from '../contract/reward.ts';
import { combineScores, type RewardWeighting } from '../rewards/combine-scores.ts';
import { openRunDatabase } from '../run/open-run-database.ts';
import type { PartCommit } from '../run/part-commit.ts';
import type { RunReader } from '../run/run-folder.ts';
import { readCommits } from './recycle-summary.ts';

export interface RewardSummary {
  /** Mean of the raw values; undefined when nothing was scored. */
  readonly mean: number | undefined;
  /** The same over the pages of which something was rewritten: a page that fell back is its source, and scores best. */
  readonly meanRewritten: number | undefined;
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
  /** Why texts are unscored, as `my-reward: the judge gave no verdict`, with their number; the most frequent. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Weighted sum with thresholds and gates, over the records that have every needed part. */
  readonly total: { readonly mean: number | undefined; readonly scored: number; readonly unscored: number };
}

/** Means over all scored parts, with the weights and thresholds that the recipe has now. */
export async function summarizeScores(run: RunReader, rewards: readonly RewardWeighting[]): Promise<ScoreSummary> {
  const tallies = new Map(rewards.map(({ name }) => [name, emptyTally()]));
  const reasons = new Map<string, number>();
  const total = { sum: 0, scored: 0, unscored: 0 };
  let records = 0;
  const commits = await readCommits(run, 'score');
  const recycled = new Map((await readCommits(run, 'recycle')).map((commit) => [commit.part, commit]));
  for (const commit of commits) {
    let sampled = 0;
    const untouched = await readUntouched(run, recycled.get(commit.part));
    for await (const scores of readRecordScores(run, commit)) {
      sampled += 1;
      for (const { name, threshold } of rewards) {
        const score = scores.get(name);
        count(tallies.get(name), score, { threshold, isRewritten: !untouched.has(scores.recordId) });
        if (score?.outcome === 'unscored') {
          countReason(reasons, `${name}: ${score.reason}`);
        }
      }
      const combined = combineScores(rewards, Object.fromEntries(scores));
      total.sum += combined.outcome === 'scored' ? combined.value : 0;
      total[combined.outcome] += 1;
    }
    const all = recycled.get(commit.part)?.counts.records ?? sampled;
    total[combineScores(rewards, {}).outcome] += all - sampled;
    records += all;
  }
  const byReward = rewards.map(({ name, weight, threshold }) => {
    const { sum, passed, scored, unscored, rewritten } = tallies.get(name) ?? emptyTally();
    const mean = scored === 0 ? undefined : sum / scored;
    const meanRewritten = rewritten.scored === 0 ? undefined : rewritten.sum / rewritten.scored;
    const share = scored === 0 || threshold === undefined ? undefined : passed / scored;
    return [name, { mean, meanRewritten, passed: share, threshold, weight, scored, unscored }] as const;
  });
  return {
    run: run.folder,
    parts: commits.length,
    records,
    rewards: Object.fromEntries(byReward),
    reasons: Object.fromEntries([...reasons].toSorted(([, one], [, other]) => other - one).slice(0, mostReasons)),
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

interface Tally {
  sum: number;
  passed: number;
  scored: number;
  unscored: number;
  readonly rewritten: { sum: number; scored: number };
}

function emptyTally(): Tally {
  return { sum: 0, passed: 0, scored: 0, unscored: 0, rewritten: { sum: 0, scored: 0 } };
}

function count(
  tally: Tally | undefined,
  score: RewardScore | undefined,
  { threshold, isRewritten }: { readonly threshold: number | undefined; readonly isRewritten: boolean },
): void {
  if (tally === undefined || score === undefined) {
    return;
  }
  tally[score.outcome] += 1;
  if (score.outcome === 'scored') {
    tally.sum += score.value;
    tally.passed += threshold !== undefined && score.value >= threshold ? 1 : 0;
    tally.rewritten.sum += isRewritten ? score.value : 0;
    tally.rewritten.scored += isRewritten ? 1 : 0;
  }
}

/** So many reasons are named, and so many told apart: each may hold words of its own page. */
const mostReasons = 5;
const mostReasonsApart = 1000;
const reasonCharacters = 120;

function countReason(reasons: Map<string, number>, reason: string): void {
  const short = reason.slice(0, reasonCharacters).toWellFormed();
  if (reasons.has(short) || reasons.size < mostReasonsApart) {
    reasons.set(short, (reasons.get(short) ?? 0) + 1);
  }
}

/** Ids of the documents of a part of which nothing was rewritten. */
async function readUntouched(run: RunReader, commit: PartCommit | undefined): Promise<ReadonlySet<string>> {
  using database = await openRunDatabase(run);
  await database.show(commit === undefined ? [] : [commit]);
  const sql = 'SELECT document_id FROM document_rows WHERE rephrased_share = 0';
  return new Set((await database.connection.runAndReadAll(sql)).getRows().map(([id]) => String(id)));
}
