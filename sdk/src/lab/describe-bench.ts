import type { RewardScore } from '../contract/reward.ts';
import { type Auc, computeAuc, type GroupedValue } from './auc.ts';
import { compareInGroups, type Ordering } from './compare-in-groups.ts';
import { describeSpread, type Spread } from './describe-spread.ts';
import { isBase, isFaithful, type LabelledPair } from './labelled-pair.ts';
import { describeThreshold, suggestThresholds, type ThresholdEffect } from './suggest-thresholds.ts';

/** The scores of one reward, or of the total, one for each pair in order. */
export interface ScoreColumn {
  readonly name: string;
  readonly scores: readonly RewardScore[];
  /** Absent for the total. */
  readonly range?: readonly [lowest: number, highest: number];
  /** In force now; only a reward that reads a pair has one to suggest. */
  readonly threshold?: number | undefined;
}

/** What a reward says about the pairs of one kind. */
export interface KindScores {
  readonly scored: number;
  /** Absent where nothing is scored. */
  readonly mean?: number;
  /** Against the faithful texts of the same origin; of a fault only. */
  readonly auc?: Auc;
  /** Beside the faithful text of the same source; of a fault only. */
  readonly ordering?: Ordering;
}

export interface KindReport {
  readonly origin: LabelledPair['origin'];
  readonly kind: string;
  readonly faithful: boolean;
  readonly pairs: number;
  /** By reward; `total` last. */
  readonly scores: Readonly<Record<string, KindScores>>;
  /** Rewards that see a fault well, and those that see something of it. */
  readonly caughtBy: readonly string[];
  readonly partlyCaughtBy: readonly string[];
}

export interface ColumnReport extends Spread {
  readonly scored: number;
  readonly unscored: number;
  /** Why texts are unscored, and how many. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Only of a reward with a threshold. */
  readonly thresholds?: {
    readonly current: ThresholdEffect;
    readonly best: ThresholdEffect;
    readonly keeping: ThresholdEffect;
  };
}

/** A reward that is right about a fault so often has seen it; one whose interval begins above a coin's toss saw something. */
const caughtFrom = 0.9;
const partlyFrom = 0.6;

/** Every figure of a bench, from the pairs and the scores alone. */
export function describeBench(
  pairs: readonly LabelledPair[],
  columns: readonly ScoreColumn[],
  options: { readonly seed?: number } = {},
): { readonly kinds: readonly KindReport[]; readonly columns: Readonly<Record<string, ColumnReport>> } {
  const kinds = kindsOf(pairs).map(({ origin, kind, faithful }): KindReport => {
    const scores = columns.map((column) => [
      column.name,
      describeKind(pairs, column, { origin, kind, faithful }, options),
    ]);
    const byReward = Object.fromEntries(scores) as Record<string, KindScores>;
    const seen = columns.flatMap(({ name, range }) => {
      const auc = byReward[name]?.auc;
      return range === undefined || auc === undefined || auc.low <= 0.5 ? [] : [{ name, value: auc.value }];
    });
    return {
      origin,
      kind,
      faithful,
      pairs: pairs.filter((pair) => pair.origin === origin && pair.kind === kind).length,
      scores: byReward,
      caughtBy: seen.flatMap(({ name, value }) => (value >= caughtFrom ? [name] : [])),
      partlyCaughtBy: seen.flatMap(({ name, value }) => (value >= partlyFrom && value < caughtFrom ? [name] : [])),
    };
  });
  return {
    kinds,
    columns: Object.fromEntries(columns.map((column) => [column.name, describeColumn(pairs, column, kinds)])),
  };
}

/** Written before edited, faithful before faulty, else in the order in which they came. */
function kindsOf(pairs: readonly LabelledPair[]) {
  const kinds = new Map(pairs.map((pair) => [`${pair.origin}/${pair.kind}`, pair]));
  return [...kinds.values()]
    .map(({ origin, kind }) => ({ origin, kind, faithful: isFaithful({ kind }) }))
    .toSorted(
      (one, other) =>
        Number(one.origin === 'edited') - Number(other.origin === 'edited') ||
        Number(other.faithful) - Number(one.faithful),
    );
}

function describeKind(
  pairs: readonly LabelledPair[],
  column: ScoreColumn,
  { origin, kind, faithful }: Pick<KindReport, 'origin' | 'kind' | 'faithful'>,
  options: { readonly seed?: number },
): KindScores {
  const values = valuesOf(pairs, column, (pair) => pair.origin === origin && pair.kind === kind);
  const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
  const scores = { scored: values.length, ...(values.length > 0 && { mean }) };
  if (faithful) {
    return scores;
  }
  const auc = computeAuc(
    valuesOf(pairs, column, (pair) => pair.origin === origin && isFaithful(pair)),
    values,
    options,
  );
  const ordering = compareInGroups(
    valuesOf(pairs, column, (pair) => pair.origin === origin && isBase(pair)),
    values,
  );
  return { ...scores, ...(auc && { auc }), ...(ordering.compared > 0 && { ordering }) };
}

function describeColumn(
  pairs: readonly LabelledPair[],
  column: ScoreColumn,
  kinds: readonly KindReport[],
): ColumnReport {
  const { name, scores, range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const } = column;
  const values = valuesOf(pairs, column, () => true).map(({ value }) => value);
  const reasons: Record<string, number> = {};
  for (const score of scores) {
    if (score.outcome === 'unscored') {
      reasons[score.reason] = (reasons[score.reason] ?? 0) + 1;
    }
  }
  const thresholds = column.threshold === undefined ? undefined : thresholdsOf(column.threshold);
  return {
    scored: values.length,
    unscored: scores.length - values.length,
    reasons,
    ...describeSpread(values, range),
    ...(thresholds && { thresholds }),
  };

  /** The written pairs decide: pages that only lost their menu are too easy to keep. */
  function thresholdsOf(current: number): ColumnReport['thresholds'] {
    const faithful = valuesOf(pairs, column, (pair) => pair.origin === 'written' && pair.kind === 'faithful');
    const rewordings = faithful.map(({ value }) => value);
    const faults = kinds.filter((report) => report.origin === 'written' && !report.faithful);
    const kindValues = ({ kind }: KindReport) => ({
      kind,
      values: valuesOf(pairs, column, (pair) => pair.origin === 'written' && pair.kind === kind).map(
        ({ value }) => value,
      ),
    });
    const seen = faults.filter(({ scores: byReward }) => (byReward[name]?.auc?.low ?? 0) > 0.5);
    const suggestion = suggestThresholds(rewordings, seen.map(kindValues));
    const effectOn = (threshold: number) => describeThreshold(threshold, rewordings, faults.map(kindValues));
    return (
      suggestion && {
        current: effectOn(current),
        best: effectOn(suggestion.best.threshold),
        keeping: effectOn(suggestion.keeping.threshold),
      }
    );
  }
}

function valuesOf(
  pairs: readonly LabelledPair[],
  { scores }: ScoreColumn,
  matches: (pair: LabelledPair) => boolean,
): readonly GroupedValue[] {
  return pairs.flatMap((pair, index) => {
    const score = scores[index];
    return score?.outcome === 'scored' && matches(pair) ? [{ group: pair.group, value: score.value }] : [];
  });
}
