import Table from 'cli-table3';
import type { RewardScore } from '../contract/reward.ts';
import type { RephrasedPage } from '../stages/rephrase.ts';
import { showControls } from './show-controls.ts';

/** A page beside its rephrasing, and what each reward says of it. */
export function sideBySide(original: string, page: RephrasedPage, width = process.stdout.columns ?? 120): string {
  const columnWidth = Math.max(30, Math.floor((width - 3) / 2));
  const texts = new Table({
    head: ['original', 'rephrasing'],
    colWidths: [columnWidth, columnWidth],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  texts.push([showControls(original), showControls(page.text)]);
  const scores = new Table({ head: ['reward', 'value', ''], style: { head: [], border: [], compact: true } });
  for (const [name, score] of [...Object.entries(page.scores), ['total', page.total] as const]) {
    scores.push([name, valueText(score), showControls(noteOf(score))]);
  }
  const outcomes = page.passages.map(
    ({ path, outcome, reason }) => `passage ${path} ${outcome}${reason ? ` (${reason})` : ''}`,
  );
  const model = page.model === undefined ? [] : [`model ${showControls(page.model)}`];
  return [texts.toString(), scores.toString(), ...model, showControls(outcomes.join(', ')) || 'no passages'].join('\n');
}

function valueText(score: RewardScore): string {
  return score.outcome === 'scored' ? score.value.toFixed(3) : 'unscored';
}

function noteOf(score: RewardScore): string {
  if (score.outcome === 'unscored') {
    return score.reason;
  }
  const note = JSON.stringify(score.details ?? '', (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return note.length <= 2 ? '' : note.length > 100 ? `${note.slice(0, 97)}...` : note;
}
