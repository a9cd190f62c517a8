import Table from 'cli-table3';
import type { FilterSummary } from '../stages/filter-summary.ts';
import type { RecycleSummary } from '../stages/recycle-summary.ts';
import type { RunSummary } from '../stages/run-recipe.ts';
import type { ScoreSummary } from '../stages/score-summary.ts';
import type { TrainingSummary, TrainSummary } from '../stages/train-summary.ts';
import { showControls, showOnOneLine } from './show-controls.ts';

/** What a run did, as tables for people. */
export function summaryTables({ run, stages }: RunSummary): string {
  const { train, recycle, score, filter } = stages;
  return [
    ...(train ? [trainings(train)] : []),
    ...(recycle ? [outcomes(recycle), reasons(recycle), engines(recycle)] : []),
    ...(score ? [rewards(score)] : []),
    ...(filter ? [kept(filter)] : []),
    `Run folder: ${showOnOneLine(run)}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function trainings({ model, trainings: list }: TrainSummary): string {
  return [...list.map(trainingTable), `Trained model: ${showOnOneLine(model)}`].join('\n');
}

/** One row for each evaluation: what changed on documents that the model was not trained on. */
function trainingTable({ algorithm, steps, chosen, evaluations }: TrainingSummary): string {
  const names = Object.keys(evaluations[0]?.sample.rewards ?? {});
  const head = [
    `${algorithm}: after step`,
    'total',
    '95 %',
    'gain',
    ...names,
    'accepted',
    'of these: total',
    'length ratio',
  ];
  const table = new Table({ head, style: plain, colAligns: ['left', ...head.slice(1).map(() => 'right' as const)] });
  for (const { step, sample, gain } of evaluations) {
    const { total, totalAccepted, rewards: byName, acceptedShare, lengthRatio } = sample;
    table.push([
      `${step}${step === 0 ? ' (before training)' : step === chosen.step ? ' (chosen)' : ''}`,
      number(total?.mean),
      interval(total),
      gain === undefined ? '' : `${number(gain.mean)} (${interval(gain)})`,
      ...names.map((name) => number(byName[name]?.mean?.mean)),
      `${(acceptedShare * 100).toFixed(0)} %`,
      number(totalAccepted),
      number(lengthRatio),
    ]);
  }
  const rows = evaluations.length === 0 ? [] : [table.toString()];
  return [...rows, `${algorithm}: ${steps} steps; step ${chosen.step} is used: ${chosen.why}`].join('\n');
}

function interval(found: { readonly low: number; readonly high: number } | undefined): string {
  return found === undefined ? '-' : `${number(found.low)} to ${number(found.high)}`;
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

function kept({ by, from, records, reasons: byReason, rephrasedShare }: FilterSummary): string {
  const table = new Table({ head: [`filter by ${by}`, 'records'], style: plain, colAligns: ['left', 'right'] });
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['in', records.in],
    [`kept${from === null ? '' : ` (from ${Number(from.toPrecision(6))})`}`, records.kept],
    ['  of these: nothing rephrased', byReason['kept/nothing-rephrased']],
    ['below', records.below],
    ...(rephrasedShare === undefined
      ? []
      : [
          [
            `  of these: less than ${Number((rephrasedShare.atLeast * 100).toPrecision(6))} % rephrased`,
            byReason['below/too-little-rephrased'],
          ] as const,
        ]),
    ['unscored', records.unscored],
  ];
  for (const [name, count = 0] of rows) {
    table.push([name, count.toLocaleString('en')]);
  }
  return table.toString();
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}

const plain = { head: [], border: [], compact: true };
