import type { RewardWeighting } from '../rewards/combine-scores.ts';
import type { Store } from '../run/store.ts';
import { evaluationsFolder } from './checkpoint-folders.ts';
import { type Candidate, type CandidateVerdict, chooseCheckpoint } from './choose-checkpoint.ts';
import { evaluateAnswers, totalsByDocument } from './evaluate-answers.ts';
import { readHeldOutAnswers } from './held-out-answers.ts';
import { stepName } from './step-name.ts';
import type { TrainResult } from './train-result.ts';

/** Goes up with every change that makes another decision of the same answers: older ones are not made again. */
export const decidingRule = 1;

export interface CheckpointDecision extends Pick<TrainResult, 'evaluations'> {
  /** Undefined where no checkpoint may be taken. */
  readonly chosen: TrainResult['chosen'] | undefined;
  readonly verdicts: readonly CandidateVerdict[];
}

/** What the model did on the held-out documents after each of these steps, from the answers that were written down. */
export async function readCandidates(
  store: Store,
  algorithm: string,
  {
    steps,
    ...weighting
  }: {
    readonly steps: readonly number[];
    readonly rewards: readonly RewardWeighting[];
    readonly seed: number;
  },
): Promise<readonly Candidate[]> {
  return await Promise.all(
    steps.map(async (step) => {
      const answers = await readHeldOutAnswers(store, `${evaluationsFolder(algorithm)}/${stepName(step)}.jsonl`);
      const sampled = answers.filter(({ mode }) => mode === 'sample');
      return { step, totals: totalsByDocument(sampled), evaluation: evaluateAnswers(step, answers, weighting) };
    }),
  );
}

/** Which checkpoint is taken, and what is said of each: the same of the same answers, whenever it is asked. */
export function decideCheckpoint(
  candidates: readonly Candidate[],
  {
    checkpoints,
    floors,
    by,
    seed,
  }: {
    /** Steps that have one, in order. */
    readonly checkpoints: readonly number[];
    readonly floors: Readonly<Record<string, number>>;
    readonly by: 'held-out' | 'last';
    readonly seed: number;
  },
): CheckpointDecision {
  const start = candidates.find(({ step }) => step === 0);
  const trained = candidates.filter(({ step }) => step > 0 && checkpoints.includes(step));
  const { choice, verdicts } = chooseCheckpoint(start, trained, { floors, seed });
  return {
    chosen: by === 'held-out' && trained.length > 0 ? choice && bestOf(choice) : lastOf(checkpoints, verdicts),
    verdicts,
    evaluations: candidates.map(({ step, evaluation: { sample, greedy } }) => {
      const { gain, below = [] } = verdicts.find((verdict) => verdict.step === step) ?? {};
      return { step, sample, greedy, gain, below: [...below], hasCheckpoint: checkpoints.includes(step) };
    }),
  };
}

function bestOf({ step, why, isShownBetter }: TrainResult['chosen']): TrainResult['chosen'] {
  return { step, why, isShownBetter };
}

function lastOf(
  checkpoints: readonly number[],
  verdicts: readonly CandidateVerdict[],
): TrainResult['chosen'] | undefined {
  const step = checkpoints.at(-1);
  const gain = verdicts.find((verdict) => verdict.step === step)?.gain;
  return step === undefined
    ? undefined
    : { step, why: 'the last one', isShownBetter: gain === undefined ? null : gain.low > 0 };
}
