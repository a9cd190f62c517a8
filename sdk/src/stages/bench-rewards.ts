import { resolve } from 'node:path';
import type { RewardScore } from '../contract/reward.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import { UnusablePairsError } from '../errors/unusable-pairs.ts';
import { type ColumnReport, describeBench, type KindReport, type ScoreColumn } from '../lab/describe-bench.ts';
import { isFaithful, type LabelledPair } from '../lab/labelled-pair.ts';
import { makePairs } from '../lab/make-pairs.ts';
import { readPairs } from '../lab/read-pairs.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import { openSession, type Session } from '../session/open-session.ts';
import { readPassages } from './read-passages.ts';
import { readShippedPairs } from './read-shipped-pairs.ts';
import { type PairTotals, scorePairs, totalPairs } from './score-pairs.ts';

export interface BenchRewardsOptions {
  /** Pairs made from pages, at least; 0 makes none. */
  readonly limit?: number;
  /** Kinds of fault to test; all of them when absent. */
  readonly kinds?: readonly string[] | undefined;
  /** A file of one's own labelled pairs, instead of those that come along. */
  readonly pairs?: string | undefined;
  /** A file of pages (field `text`), instead of the recipe's dataset. */
  readonly pages?: string | undefined;
  readonly onProgress?: (progress: { readonly reward: string; readonly done: number; readonly total: number }) => void;
}

export interface RewardReport extends ColumnReport {
  readonly weight: number;
  readonly threshold: number | null;
  readonly range: readonly [lowest: number, highest: number];
  readonly reads: 'pair' | 'text';
  /** What a thousand pairs take once models are loaded. */
  readonly secondsPerThousandPairs: number;
}

/** The scores of one pair. */
export interface ScoredPair extends Pick<LabelledPair, 'id' | 'group' | 'kind' | 'origin'> {
  /** By reward; `total` last. */
  readonly scores: Readonly<Record<string, RewardScore>>;
}

export interface RewardBench {
  readonly pairs: {
    readonly written: number;
    readonly edited: number;
    readonly sources: number;
    readonly pages: number;
  };
  readonly kinds: readonly KindReport[];
  readonly rewards: Readonly<Record<string, RewardReport>>;
  readonly total: ColumnReport & Pick<PairTotals, 'leftOut'>;
  /** Every pair with its scores, for a look of one's own. */
  readonly scored: readonly ScoredPair[];
}

/** Pairs that are made from pages where nobody says how many. */
export const defaultLimit = 1000;

/** Tests a recipe's rewards, and their total, on labelled pairs: which faults each one sees, and at what cost. */
export async function benchRewards(session: Session, options: BenchRewardsOptions = {}): Promise<RewardBench> {
  const { rewards, recipe, abortSignal } = session;
  if (rewards.length === 0) {
    throw new InputMissingError({
      stage: 'rewards bench',
      missing: 'rewards to test',
      hint: 'Put one under "rewards:" in the recipe.',
    });
  }
  const pairs = await collectPairs(session, options);
  const byReward: Record<string, readonly RewardScore[]> = {};
  const secondsPerPair: Record<string, number> = {};
  // One after another: together they would share the machine, and none of the times would be true.
  for (const reward of rewards) {
    const { name } = reward;
    await scorePairs(reward, pairs.slice(0, 1), { abortSignal });
    const onProgress = (done: number) => options.onProgress?.({ reward: name, done, total: pairs.length });
    const startedAt = performance.now();
    byReward[name] = await scorePairs(reward, pairs, { abortSignal, onProgress });
    secondsPerPair[name] = (performance.now() - startedAt) / 1000 / pairs.length;
  }
  const totals = totalPairs(rewards, byReward, pairs);
  const columns: readonly ScoreColumn[] = [
    ...rewards.map((reward) => ({
      name: reward.name,
      scores: byReward[reward.name] ?? [],
      range: reward.plugin.range,
      threshold: reward.plugin.reads === 'pair' ? reward.threshold : undefined,
    })),
    { name: 'total', scores: totals.scores },
  ];
  const { kinds, columns: reports } = describeBench(pairs, columns, { seed: recipe.seed });
  return {
    pairs: countPairs(pairs),
    kinds,
    rewards: Object.fromEntries(
      rewards.map((reward) => [reward.name, describeReward(reward, reports, secondsPerPair[reward.name] ?? 0)]),
    ),
    total: { ...(reports.total as ColumnReport), leftOut: totals.leftOut },
    scored: pairs.map(({ id, group, kind, origin }, index) => ({
      id,
      group,
      kind,
      origin,
      scores: Object.fromEntries(columns.flatMap(({ name, scores }) => scoreAt(name, scores[index]))),
    })),
  };
}

/** Without its details, which are as long as the texts. */
function scoreAt(name: string, score: RewardScore | undefined): readonly (readonly [string, RewardScore])[] {
  if (score === undefined) {
    return [];
  }
  return [[name, score.outcome === 'scored' ? { outcome: 'scored', value: score.value } : score]];
}

async function collectPairs(session: Session, options: BenchRewardsOptions): Promise<readonly LabelledPair[]> {
  const { limit = defaultLimit, kinds } = options;
  const file = options.pairs === undefined ? undefined : resolve(options.pairs);
  const isWanted = (pair: LabelledPair) => kinds === undefined || kinds.includes(pair.kind) || isFaithful(pair);
  const written = (await (file === undefined ? readShippedPairs(session) : readPairs(file))).filter(isWanted);
  const edited = limit > 0 ? await makeFromPages(session, { ...options, limit }) : [];
  const pairs = [...written, ...edited];
  const missing = (kinds ?? []).filter((kind) => !pairs.some((pair) => pair.kind === kind));
  if (missing.length > 0) {
    throw new UnusablePairsError({
      file: file ?? 'The pairs',
      problem: `hold no pair of the kind ${missing.join(', ')}`,
    });
  }
  return pairs;
}

async function makeFromPages(
  session: Session,
  { pages, kinds, limit }: BenchRewardsOptions & { readonly limit: number },
): Promise<readonly LabelledPair[]> {
  const { seed } = session.recipe;
  if (pages === undefined && session.dataset === undefined) {
    session.emit({
      type: 'warning',
      message: 'the recipe has no dataset, so no pairs are made from pages; --pages FILE names some',
    });
    return [];
  }
  await using own =
    pages === undefined
      ? undefined
      : await openSession(
          { name: 'pages', dataset: { use: 'jsonl', path: resolve(pages), text: 'text' } },
          { abortSignal: session.abortSignal },
        );
  const passages = await readPassages(own ?? session, seed);
  return makePairs(passages, { atLeast: limit, seed, kinds });
}

function countPairs(pairs: readonly LabelledPair[]): RewardBench['pairs'] {
  const of = (wanted: LabelledPair['origin']) => pairs.filter(({ origin }) => origin === wanted);
  const groups = (some: readonly LabelledPair[]) => new Set(some.map(({ group }) => group)).size;
  const [written, edited] = [of('written'), of('edited')];
  return { written: written.length, edited: edited.length, sources: groups(written), pages: groups(edited) };
}

function describeReward(
  { name, weight, threshold, plugin: { range, reads } }: BoundReward,
  reports: Readonly<Record<string, ColumnReport>>,
  secondsPerPair: number,
): RewardReport {
  const report = reports[name] as ColumnReport;
  const secondsPerThousandPairs = secondsPerPair * 1000;
  return { weight, threshold: threshold ?? null, range, reads, secondsPerThousandPairs, ...report };
}
