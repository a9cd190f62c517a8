import { expect, it } from 'vitest';
import type { FilterSummary } from '../stages/filter-summary.ts';
import { summaryTables } from './summary-tables.ts';

const interval = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1, count: 8 });
const side = (total: number) => ({
  answers: 8,
  total: interval(total),
  totalAccepted: total + 0.5,
  rewards: { facts: { mean: interval(total / 2), meanAccepted: 0.5, unscored: 0 } },
  acceptedShare: 0.75,
  cutOffShare: 0,
  lengthRatio: 0.9,
});

it('shows what a training changed on held-out documents, which checkpoint is used, and why', () => {
  const text = summaryTables({
    run: '/runs/a',
    stages: {
      train: {
        model: '/runs/a/train/model',
        trainings: [
          {
            algorithm: 'grpo',
            steps: 60,
            chosen: { step: 30, why: 'the best mean total on the held-out documents, 1.400', isShownBetter: true },
            floors: {},
            folder: '/runs/a/train/grpo',
            evaluations: [
              { step: 0, sample: side(1), below: [], hasCheckpoint: false },
              { step: 30, sample: side(1.4), gain: interval(0.4), below: [], hasCheckpoint: true },
            ],
          },
        ],
      },
    },
  });
  const cells = cellsOf(text);
  expect(cells).toContainEqual(['0 (before training)', '1.000', '0.900 to 1.100', '0.500', '75 %', '1.500', '0.900']);
  expect(cells).toContainEqual([
    ...['30 (chosen)', '1.400', '1.300 to 1.500', '0.400 (0.300 to 0.500)'],
    ...['0.700', '75 %', '1.900', '0.900'],
  ]);
  expect(text).toContain('grpo: 60 steps; step 30 is used: the best mean total on the held-out documents, 1.400');
  expect(text).toContain('Trained model: /runs/a/train/model');
});

it('shows how much of what a filter keeps was never rephrased, and what the bound of the recipe left out', () => {
  const filter = {
    ...{ run: '/runs/a', by: 'facts', keep: { share: 0.5 }, parts: 1, from: 0.5 },
    records: { in: 1200, kept: 3, below: 1196, unscored: 1 },
  };
  const filtered = (found: Partial<FilterSummary>) =>
    cellsOf(summaryTables({ run: '/runs/a', stages: { filter: { ...filter, reasons: {}, ...found } } }));
  const rows = filtered({ reasons: { 'kept/nothing-rephrased': 2 } });
  expect(rows.slice(1)).toEqual([
    ['in', '1,200'],
    ['kept (from 0.5)', '3'],
    ['of these: nothing rephrased', '2'],
    ['below', '1,196'],
    ['unscored', '1'],
  ]);
  const bounded = filtered({
    rephrasedShare: { atLeast: 0.25 },
    reasons: { 'below/too-little-rephrased': 7 },
  });
  expect(bounded).toContainEqual(['of these: nothing rephrased', '0']);
  expect(bounded).toContainEqual(['of these: less than 25 % rephrased', '7']);
});

function cellsOf(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').map((line) => line.split('│').map((cell) => cell.trim()));
  return rows.map((cells) => cells.filter((cell) => cell !== '')).filter((cells) => cells.length > 1);
}
