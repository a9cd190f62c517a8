import type { RewardWeighting } from '../rewards/combine-scores.ts';
import { bootstrapMean, type Interval } from './bootstrap.ts';
import type { HeldOutAnswer } from './held-out-answers.ts';

export interface RewardMean {
  /** By document, a rejected answer counting 0; 1 or 0 each where the reward has a threshold. */
  readonly mean: Interval | undefined;
  /** Over the accepted answers alone: learning to be accepted does not raise it. */
  readonly meanAccepted: number | undefined;
  readonly unscored: number;
}

/** How the model did on the held-out documents, drawing its answers or greedy. */
export interface EvaluationSide {
  readonly answers: number;
  readonly total: Interval | undefined;
  readonly totalAccepted: number | undefined;
  readonly rewards: Readonly<Record<string, RewardMean>>;
  readonly acceptedShare: number;
  readonly cutOffShare: number;
  /** Characters of the accepted answers per character of their passages. */
  readonly lengthRatio: number | undefined;
}

export interface Evaluation {
  readonly step: number;
  readonly sample: EvaluationSide;
  readonly greedy: EvaluationSide | undefined;
}

/** Mean total of each held-out document, by its row; one with no scored answer is not there. */
export function totalsByDocument(answers: readonly HeldOutAnswer[]): ReadonlyMap<number, number> {
  return meansByDocument(answers, ({ total }) => total);
}

export function evaluateAnswers(
  step: number,
  answers: readonly HeldOutAnswer[],
  { rewards, seed }: { readonly rewards: readonly RewardWeighting[]; readonly seed: number },
): Evaluation {
  const of = (mode: HeldOutAnswer['mode']) => answers.filter((answer) => answer.mode === mode);
  const greedy = of('greedy');
  return {
    step,
    sample: evaluateSide(of('sample'), rewards, seed),
    greedy: greedy.length === 0 ? undefined : evaluateSide(greedy, rewards, seed),
  };
}

function evaluateSide(
  answers: readonly HeldOutAnswer[],
  rewards: readonly RewardWeighting[],
  seed: number,
): EvaluationSide {
  const accepted = answers.filter(({ outcome }) => outcome === 'accepted');
  const interval = (value: (answer: HeldOutAnswer) => number | null) =>
    bootstrapMean([...meansByDocument(answers, value).values()], seed);
  const byReward = rewards.map((reward): readonly [string, RewardMean] => {
    const part = (answer: HeldOutAnswer) => partOf(reward, answer);
    return [
      reward.name,
      {
        mean: interval((answer) => (answer.outcome === 'rejected' ? 0 : part(answer))),
        meanAccepted: meanOf(accepted.map(part)),
        unscored: accepted.filter((answer) => part(answer) === null).length,
      },
    ];
  });
  const source = sum(accepted.map(({ sourceCharacters }) => sourceCharacters));
  const count = Math.max(1, answers.length);
  return {
    answers: answers.length,
    total: interval(({ total }) => total),
    totalAccepted: meanOf(accepted.map(({ total }) => total)),
    rewards: Object.fromEntries(byReward),
    acceptedShare: accepted.length / count,
    cutOffShare: answers.filter(({ finishReason }) => finishReason === 'length').length / count,
    lengthRatio: source === 0 ? undefined : sum(accepted.map(({ characters }) => characters)) / source,
  };
}

/** 1 or 0 by the reward's threshold, else the raw value; null when it is unscored. */
export function partOf({ name, threshold }: RewardWeighting, { scores }: Pick<HeldOutAnswer, 'scores'>): number | null {
  const value = scores[name] ?? null;
  return value === null || threshold === undefined ? value : Number(value >= threshold);
}

function meansByDocument(
  answers: readonly HeldOutAnswer[],
  of: (answer: HeldOutAnswer) => number | null,
): ReadonlyMap<number, number> {
  const byRow = Map.groupBy(answers, ({ row }) => row);
  const means = [...byRow].flatMap(([row, own]) => {
    const mean = meanOf(own.map(of));
    return mean === undefined ? [] : [[row, mean] as const];
  });
  return new Map(means.sort(([one], [other]) => one - other));
}

function meanOf(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : sum(known) / known.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
