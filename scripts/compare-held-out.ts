// `node --conditions=repro-src scripts/compare-held-out.ts RUN STEP [RUN_BEFORE]`: what a training changed on its held-out
// documents, for docs/experiments.md. Before: step 0 of RUN_BEFORE, where the training went on from another one; of RUN
// itself when absent.

import { queryRun } from '../sdk/src/run/query-run.ts';
import { bootstrapMean, type Interval, pairedDifference } from '../sdk/src/training/bootstrap.ts';

/** BERTScore from which two texts count as saying the same here; the share of answers above it is the meaning share. */
const sameMeaning = Number(process.env.SAME_MEANING ?? 0.8);
const seed = 7;

interface Answer {
  readonly when: 'before' | 'after';
  readonly row: number;
  readonly mode: string;
  readonly accepted: boolean;
  readonly total: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly lengthRatio: number;
  readonly text: string;
}

const [run = '', after = '', runBefore = run] = process.argv.slice(2);
const answers = [...(await readAnswers('before', runBefore, 0)), ...(await readAnswers('after', run, Number(after)))];
const names = [...new Set(answers.flatMap(({ scores }) => Object.keys(scores)))].sort();

/** What is compared of an answer; undefined where it has none. */
const measures: Readonly<Record<string, (answer: Answer) => number | undefined>> = {
  total: ({ total }) => total,
  ...Object.fromEntries(
    names.map((name) => [name, ({ accepted, scores }: Answer) => (accepted ? scores[name] : 0)] as const),
  ),
  [`bertscore >= ${sameMeaning}`]: ({ accepted, scores }) => Number(accepted && (scores.bertscore ?? 0) >= sameMeaning),
  // As a training with `onlyIf: bertscore` earns it: no credit for a text that says something else.
  'quality-probe only if that': ({ accepted, scores: { bertscore = 0, 'quality-probe': quality } }) =>
    accepted && quality !== undefined ? (bertscore >= sameMeaning ? quality : Math.min(0, quality)) : undefined,
  accepted: ({ accepted }) => Number(accepted),
  'length ratio': ({ accepted, lengthRatio }) => (accepted ? lengthRatio : undefined),
};

for (const mode of ['sample', 'greedy']) {
  for (const onlyAccepted of [false, true]) {
    const of = (when: Answer['when']) =>
      answers.filter((one) => one.when === when && one.mode === mode && (!onlyAccepted || one.accepted));
    const [before, now] = [of('before'), of('after')];
    console.log(
      `\n${mode === 'sample' ? 'Drawn' : 'Greedy'}, ${onlyAccepted ? 'accepted answers only' : 'all answers'}`,
    );
    console.log('| | before | after | difference (95 % interval) | documents |\n|---|---|---|---|---|');
    for (const [name, measure] of Object.entries(measures)) {
      const [first, second] = [byDocument(before, measure), byDocument(now, measure)];
      const difference = pairedDifference(second, first, seed);
      console.log(
        `| ${name} | ${meanOf(first)} | ${meanOf(second)} | ${difference ? interval(difference) : ''} | ${difference?.count ?? 0} |`,
      );
    }
  }
}

console.log('\nGreedy answers, before and after:');
const both = answers.filter(({ mode, when }) => mode === 'greedy' && when === 'before');
for (const first of both.slice(0, 12)) {
  const second = answers.find(({ mode, when, row }) => mode === 'greedy' && when === 'after' && row === first.row);
  console.log(`\n${first.row} before (${first.total.toFixed(2)}): ${first.text}`);
  console.log(`${first.row} after (${second?.total.toFixed(2)}): ${second?.text}`);
}

async function readAnswers(when: Answer['when'], folder: string, step: number): Promise<Answer[]> {
  const { rows } = await queryRun(
    folder,
    `select row, mode, outcome, total, scores, characters, source_characters, text from held_out where step = ${step} order by row, sample`,
  );
  return rows.map(([row, mode, outcome, total, scores, characters, source, text]) => ({
    when,
    row: Number(row),
    mode: String(mode),
    accepted: outcome === 'accepted',
    total: Number(total),
    scores: typeof scores === 'string' ? JSON.parse(scores) : ((scores ?? {}) as Record<string, number>),
    lengthRatio: Number(characters) / Number(source),
    text: String(text),
  }));
}

function byDocument(some: readonly Answer[], measure: (answer: Answer) => number | undefined): Map<number, number> {
  const means = [...Map.groupBy(some, ({ row }) => row)].flatMap(([row, own]) => {
    const values = own.map(measure).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[row, values.reduce((sum, value) => sum + value, 0) / values.length] as const];
  });
  return new Map(means);
}

function meanOf(values: ReadonlyMap<number, number>): string {
  return bootstrapMean([...values.values()], seed)?.mean.toFixed(3) ?? '';
}

function interval({ mean, low, high }: Interval): string {
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
