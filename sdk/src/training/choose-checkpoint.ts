import { type Interval, pairedDifference } from './bootstrap.ts';
import type { Evaluation } from './evaluate-answers.ts';

/** A checkpoint with what it did on the held-out documents. */
export interface Candidate {
  readonly step: number;
  /** Mean total of each document, by its row. */
  readonly totals: ReadonlyMap<number, number>;
  readonly evaluation: Evaluation;
}

export interface CandidateVerdict {
  readonly step: number;
  /** Floors that it is below, in words. */
  readonly below: readonly string[];
  /** Against the model before training, by document. */
  readonly gain: Interval | undefined;
  /** Against the best that meets the floors. */
  readonly behindBest: Interval | undefined;
}

export interface CheckpointChoice {
  readonly step: number;
  readonly why: string;
  /** Whether the interval of its gain over the model before training is above 0. */
  readonly isShownBetter: boolean;
  readonly verdicts: readonly CandidateVerdict[];
}

export interface ChoosingOptions {
  readonly floors: Readonly<Record<string, number>>;
  readonly seed: number;
}

/**
 * The best mean total among the checkpoints that meet the floors; of those that are within one standard error of it (of
 * the paired difference by document) the earliest. Undefined `choice` when none meets them.
 */
export function chooseCheckpoint(
  start: Candidate | undefined,
  candidates: readonly Candidate[],
  { floors, seed }: ChoosingOptions,
): { readonly choice: CheckpointChoice | undefined; readonly verdicts: readonly CandidateVerdict[] } {
  const compared = onSharedDocuments([...(start ? [start] : []), ...candidates]);
  const meanTotal = ({ step }: Candidate) => meanOf(compared.get(step) ?? []);
  const inOrder = candidates.toSorted((one, other) => one.step - other.step);
  const judged = inOrder.map((candidate) => ({
    candidate,
    below: [...unmeasured(compared), ...floorsMissed(candidate, floors)],
  }));
  const good = judged.filter(({ below }) => below.length === 0).map(({ candidate }) => candidate);
  const best = good.reduce<Candidate | undefined>(
    (found, one) => (found === undefined || meanTotal(one) > meanTotal(found) ? one : found),
    undefined,
  );
  const verdicts = judged.map(
    ({ candidate, below }): CandidateVerdict => ({
      step: candidate.step,
      below,
      gain: start && pairedDifference(candidate.totals, start.totals, seed),
      behindBest: best && pairedDifference(candidate.totals, best.totals, seed),
    }),
  );
  if (best === undefined) {
    return { choice: undefined, verdicts };
  }
  const chosen =
    good.find((candidate) => {
      const { behindBest } = verdicts.find(({ step }) => step === candidate.step) ?? {};
      return candidate === best || (behindBest !== undefined && -behindBest.mean <= standardErrorOf(behindBest));
    }) ?? best;
  const gain = verdicts.find(({ step }) => step === chosen.step)?.gain;
  const why =
    chosen === best
      ? `the best mean total on the held-out documents, ${meanTotal(best).toFixed(3)}`
      : `the earliest within one standard error of the best, step ${best.step} (${meanTotal(chosen).toFixed(3)} against ${meanTotal(best).toFixed(3)})`;
  return { choice: { step: chosen.step, why, isShownBetter: gain !== undefined && gain.low > 0, verdicts }, verdicts };
}

/**
 * Totals of each step over the documents that every step has one of: an evaluation in which a reward failed on the hard
 * documents would look better than it is.
 */
function onSharedDocuments(candidates: readonly Candidate[]): ReadonlyMap<number, readonly number[]> {
  const [first, ...others] = candidates.map(({ totals }) => totals);
  const shared = [...(first?.keys() ?? [])].filter((row) => others.every((totals) => totals.has(row)));
  return new Map(candidates.map(({ step, totals }) => [step, shared.map((row) => totals.get(row) ?? 0)]));
}

/** Why nothing can be chosen: no document has a total at every step. */
function unmeasured(compared: ReadonlyMap<number, readonly number[]>): readonly string[] {
  return [...compared.values()].some((totals) => totals.length > 0)
    ? []
    : ['no held-out document has a total at every step'];
}

/** 95 of 100 resampled means lie within 1.96 of them on either side. */
function standardErrorOf({ low, high }: Interval): number {
  return (high - low) / (2 * 1.96);
}

function meanOf(totals: readonly number[]): number {
  return totals.reduce((sum, total) => sum + total, 0) / Math.max(1, totals.length);
}

function floorsMissed({ evaluation }: Candidate, floors: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(floors).flatMap(([name, floor]) => {
    const mean = evaluation.sample.rewards[name]?.mean?.mean;
    return mean !== undefined && mean >= floor
      ? []
      : [`${name} ${mean === undefined ? 'is not scored' : mean.toFixed(3)}, at least ${floor.toFixed(3)}`];
  });
}

/** Rewards that may not fall by more than this, where the recipe states no floors: meaning and length are what quality is bought with. */
const guardedRewards: readonly string[] = ['bertscore', 'length'];
const allowedLoss = 0.05;

/** Floors under the guarded rewards, from the model before training. `plugins` are the plugins' names by reward. */
export function defaultFloors(
  start: Evaluation | undefined,
  plugins: ReadonlyMap<string, string>,
): Readonly<Record<string, number>> {
  const floors = [...plugins].flatMap(([name, plugin]) => {
    const mean = start?.sample.rewards[name]?.mean?.mean;
    return mean !== undefined && guardedRewards.includes(plugin) ? [[name, mean - allowedLoss] as const] : [];
  });
  return Object.fromEntries(floors);
}
