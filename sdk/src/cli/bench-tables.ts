import Table from 'cli-table3';
import type { KindReport } from '../lab/describe-bench.ts';
import type { ThresholdEffect } from '../lab/suggest-thresholds.ts';
import type { RewardBench } from '../stages/bench-rewards.ts';
import { showOnOneLine } from './show-controls.ts';

/** A bench of rewards, as tables for people. */
export function benchTables(bench: RewardBench): string {
  const { written, edited, sources, pages } = bench.pairs;
  const faults = bench.kinds.filter(({ faithful }) => !faithful);
  return [
    `${count(written)} written pairs of ${count(sources)} sources, ${count(edited)} pairs made from ${count(pages)} pages`,
    means(bench),
    ...(faults.length > 0 ? [aucs(bench, faults), orderings(bench, faults), verdicts(faults)] : []),
    behaviour(bench),
    ...notes(bench),
    ...Object.entries(bench.rewards).flatMap(([name, { thresholds }]) =>
      thresholds === undefined ? [] : [thresholdTable(name, thresholds)],
    ),
  ].join('\n\n');
}

function means(bench: RewardBench): string {
  return kindTable('Mean of each reward', bench, bench.kinds, ({ mean }) => number(mean));
}

function aucs(bench: RewardBench, faults: readonly KindReport[]): string {
  const title =
    'How often a faithful text is above a faulty one, AUC (95 % interval); 0.5 sees nothing, below 0.5 prefers the fault';
  return kindTable(title, bench, faults, ({ auc }) =>
    auc === undefined ? '-' : `${auc.value.toFixed(2)} (${auc.low.toFixed(2)}-${auc.high.toFixed(2)})`,
  );
}

function orderings(bench: RewardBench, faults: readonly KindReport[]): string {
  const title = 'Faulty texts above the faithful text of the same source, and level with it';
  return kindTable(title, bench, faults, ({ ordering }) =>
    ordering === undefined
      ? '-'
      : `${percent(ordering.above / ordering.compared)}, ${percent(ordering.level / ordering.compared)}`,
  );
}

function kindTable(
  title: string,
  { rewards }: RewardBench,
  kinds: readonly KindReport[],
  cell: (scores: KindReport['scores'][string]) => string,
): string {
  const names = [...Object.keys(rewards), 'total'];
  const table = new Table({
    head: ['', '', 'pairs', ...names.map(showOnOneLine)],
    style: plain,
    colAligns: ['left', 'left', ...names.map(() => 'right' as const), 'right'],
  });
  for (const { origin, kind, pairs, scores } of kinds) {
    table.push([origin, showOnOneLine(kind), pairs, ...names.map((name) => cell(scores[name] ?? { scored: 0 }))]);
  }
  return `${title}\n${table.toString()}`;
}

function verdicts(faults: readonly KindReport[]): string {
  const table = new Table({ head: ['', 'fault', 'seen by', 'partly seen by'], style: plain });
  for (const { origin, kind, caughtBy, partlyCaughtBy } of faults) {
    const list = (names: readonly string[]) => names.map(showOnOneLine).join(', ');
    const none = caughtBy.length === 0 && partlyCaughtBy.length === 0 ? 'none of these' : '';
    table.push([origin, showOnOneLine(kind), list(caughtBy) || none, list(partlyCaughtBy)]);
  }
  return `Which reward sees which fault: seen from an AUC of 0.9, partly from 0.6 with an interval above 0.5\n${table.toString()}`;
}

function behaviour({ rewards, total }: RewardBench): string {
  const head = ['reward', 'weight', 'at lowest', 'at highest', 'values', 'unscored', 's per 1,000 pairs'];
  const table = new Table({ head, style: plain, colAligns: ['left', ...head.slice(1).map(() => 'right' as const)] });
  const all = (report: { readonly scored: number; readonly unscored: number }) => report.scored + report.unscored;
  for (const [name, reward] of Object.entries(rewards)) {
    const { weight, atLowest, atHighest, distinct, unscored, secondsPerThousandPairs } = reward;
    const values = distinct === 1 ? 'one constant' : count(distinct);
    const share = percent(unscored / all(reward));
    const seconds = secondsPerThousandPairs.toPrecision(2);
    table.push([showOnOneLine(name), weight, percent(atLowest), percent(atHighest), values, share, Number(seconds)]);
  }
  table.push(['total', '', '', '', count(total.distinct), percent(total.unscored / all(total)), '']);
  return `How much of its range each reward uses\n${table.toString()}`;
}

function notes({ rewards, total }: RewardBench): readonly string[] {
  const reasons = Object.entries({ ...rewards, total }).flatMap(([name, report]) =>
    Object.entries(report.reasons).map(
      ([reason, times]) => `Unscored by ${showOnOneLine(name)}: ${showOnOneLine(reason)} (${count(times)})`,
    ),
  );
  const leftOut = total.leftOut.map(
    ({ reward }) => `The total is without ${showOnOneLine(reward)}, which scored no pair.`,
  );
  const lines = [...reasons, ...leftOut];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function thresholdTable(
  name: string,
  { current, best, keeping }: Readonly<Record<'current' | 'best' | 'keeping', ThresholdEffect>>,
): string {
  const columns = [current, best, keeping];
  const head = ['', 'now', 'separates best', 'keeps 95 %'];
  const table = new Table({ head, style: plain, colAligns: ['left', 'right', 'right', 'right'] });
  table.push(['threshold', ...columns.map(({ threshold }) => String(Number(threshold.toFixed(4))))]);
  table.push(['keeps of faithful rewordings', ...columns.map(({ keepsFaithful }) => percent(keepsFaithful))]);
  for (const kind of Object.keys(current.refuses)) {
    table.push([`refuses of ${showOnOneLine(kind)}`, ...columns.map(({ refuses }) => percent(refuses[kind] ?? 0))]);
  }
  return `The threshold of ${showOnOneLine(name)}, on the written pairs\n${table.toString()}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

const plain = { head: [], border: [], compact: true };
