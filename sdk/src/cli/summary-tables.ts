import Table from 'cli-table3';
import type { FilterSummary } from '../stages/filter-summary.ts';
import type { RecycleSummary } from '../stages/recycle-summary.ts';
import type { RunSummary } from '../stages/run-recipe.ts';
import type { ScoreSummary } from '../stages/score-summary.ts';
import { showControls, showOnOneLine } from './show-controls.ts';

/** What a run did, as tables for people. */
export function summaryTables({ run, stages }: RunSummary): string {
  const { recycle, score, filter } = stages;
  return [
    ...(recycle ? [outcomes(recycle), reasons(recycle), engines(recycle)] : []),
    ...(score ? [rewards(score)] : []),
    ...(filter ? [kept(filter)] : []),
    `Run folder: ${showOnOneLine(run)}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function outcomes({ documents, passages }: RecycleSummary): string {
  const table = new Table({
    head: ['outcome', 'documents', 'passages'],
    style: plain,
    colAligns: ['left', 'right', 'right'],
  });
  const rows: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['in', documents.in, passages.in],
    ['written', documents.written, undefined],
    ['rephrased', undefined, passages.rephrased],
    ['expanded', undefined, passages.expanded],
    ['kept', undefined, passages.kept],
    ['fell back to source', undefined, passages.fellBack],
    ['dropped', documents.dropped, passages.dropped],
    ['failed', documents.failed, passages.failed],
    ['quarantined', documents.quarantined, undefined],
  ];
  for (const [name, ...counts] of rows) {
    table.push([name, ...counts.map((count) => (count === undefined ? '' : count.toLocaleString('en')))]);
  }
  return table.toString();
}

function reasons({ reasons: byReason, quarantine }: RecycleSummary): string {
  const list = [
    ...Object.entries(byReason),
    ...Object.entries(quarantine).map(([code, count]) => [`quarantined/${code}`, count] as const),
  ];
  return list.length === 0
    ? ''
    : `Why: ${list
        .toSorted(([, one], [, other]) => other - one)
        .map(([name, count]) => `${showControls(name)} ${count}`)
        .join(', ')}`;
}

function engines({ engines: byName }: RecycleSummary): string {
  return Object.entries(byName)
    .map(([name, { busySeconds, idleShare, completionTokens, lostReplicas }]) => {
      const rate = busySeconds > 0 ? (completionTokens / busySeconds).toFixed(0) : '-';
      return `Model ${name}: ${completionTokens.toLocaleString('en')} tokens written at ${rate} a second, idle while pages waited ${(idleShare * 100).toFixed(1)} % of the time${lostReplicas === 0 ? '' : `; without the last figures of ${lostReplicas} lost workers`}`;
    })
    .join('\n');
}

function rewards({ rewards: byName, total, reasons: byReason }: ScoreSummary): string {
  const head = ['reward', 'mean', 'where rewritten', 'passed', 'weight', 'scored', 'unscored'];
  const table = new Table({ head, style: plain, colAligns: ['left', ...head.slice(1).map(() => 'right' as const)] });
  for (const [name, reward] of Object.entries(byName)) {
    const { mean, meanRewritten, passed, threshold, weight, scored, unscored } = reward;
    const share = passed === undefined ? '' : `${(passed * 100).toFixed(0)} % >= ${threshold}`;
    table.push([name, number(mean), number(meanRewritten), share, weight, scored, unscored]);
  }
  table.push(['total (weighted sum)', number(total.mean), '', '', '', total.scored, total.unscored]);
  const why = Object.entries(byReason).map(([reason, count]) => `${showOnOneLine(reason)} (${count})`);
  return [table.toString(), ...(why.length > 0 ? [`Unscored: ${why.join('; ')}`] : [])].join('\n');
}

function kept({ by, from, records }: FilterSummary): string {
  const table = new Table({ head: [`filter by ${by}`, 'records'], style: plain, colAligns: ['left', 'right'] });
  for (const [name, count] of Object.entries(records)) {
    const bound = from !== null && name === 'kept' ? ` (from ${Number(from.toPrecision(6))})` : '';
    table.push([`${name}${bound}`, count.toLocaleString('en')]);
  }
  return table.toString();
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

const plain = { head: [], border: [], compact: true };
