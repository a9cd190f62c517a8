import { isReproErrorBase } from '@repro/bridge';
import { inTurn } from '../run/in-turn.ts';
import { evaluationsFolder, rolloutsFolder } from '../training/checkpoint-folders.ts';
import { evaluateAnswers, partOf } from '../training/evaluate-answers.ts';
import { type HeldOutAnswer, heldOutAnswer, writeHeldOutAnswers } from '../training/held-out-answers.ts';
import { keepRollouts } from '../training/keep-rollouts.ts';
import { openPassageFile } from '../training/passage-file.ts';
import { decisionsOf } from '../training/profiles.ts';
import { openAnswerScorer, type ScoredAnswer } from '../training/score-answers.ts';
import { openTrainMetrics } from '../training/train-metrics.ts';
import type { Trained } from '../training/train-result.ts';
import { countingRewards } from '../training/trainer-input.ts';
import {
  EvaluatedRequest,
  type SampleScores,
  type ScoreAnswer,
  ScoreRequest,
  type StepMetrics,
  TrainEvent,
  type TrainInput,
} from '../training/trainer-messages.ts';
import type { TrainingWork } from './run-training.ts';
import { trainableRephraser } from './trainable-rephraser.ts';

/** Restarts after a loss without a new step between them. */
const maxRestarts = 3;
/** Of the time that a trainer waits for scores: the rest is for the way there and back. */
const shareForScoring = 0.8;
const leastDeadlineMilliseconds = 30 * 60_000;

/**
 * Lets a trainer group do what is left of a training: gives its answers their scores, writes down what it tells. Processes
 * that are lost are started again and go on from the newest checkpoint.
 */
export async function followTraining(work: TrainingWork, input: TrainInput): Promise<Trained> {
  const { session, run, stage, abortSignal } = work;
  const { algorithm } = stage;
  await using opened = new AsyncDisposableStack();
  const metrics = opened.use(await openTrainMetrics(run.store, algorithm));
  const scoreAnswers = openAnswerScorer({
    rephraser: trainableRephraser(session),
    rewards: session.rewards,
    decisions: decisionsOf(stage),
    passages: opened.use(await openPassageFile(input.passages)),
    heldOut: input.heldOut === null ? undefined : opened.use(await openPassageFile(input.heldOut)),
    mostSeconds: shareForScoring * input.callbackTimeoutSeconds,
  });
  const groups = stage.algorithm === 'grpo' ? stage.keepGroups : 0;
  const rollouts = keepRollouts(run.store, rolloutsFolder(algorithm), groups);
  const heldOut = new Map<number, Map<string, HeldOutAnswer>>();
  const counting = countingRewards(session.rewards);
  const trained: { steps: number; prompt: Trained['prompt'] | undefined } = { steps: 0, prompt: undefined };
  const pace = { furthest: 0, seconds: 0, isBegun: false };
  /** Events and callbacks come by two ways. */
  const oneByOne = inTurn();
  /** What went wrong here while a trainer waited: it comes back through the trainer as less than it is. */
  let ownFailure: unknown;

  const group = await session.createTrainerGroup({
    name: `trainer ${algorithm}`,
    ranks: stage.ranks,
    callbacks: { score, evaluated },
  });
  // A callback renews no deadline, and one of them may take its whole time.
  const deadlineMilliseconds = Math.max(leastDeadlineMilliseconds, 2000 * input.callbackTimeoutSeconds);
  let restarts = 0;
  for (;;) {
    const before = pace.furthest;
    pace.isBegun = false;
    try {
      for await (const event of group.train(input, { abortSignal, deadlineMilliseconds })) {
        await oneByOne(() => take(TrainEvent.parse(event)));
      }
      break;
    } catch (error) {
      abortSignal.throwIfAborted();
      if (ownFailure !== undefined) {
        throw ownFailure;
      }
      restarts = pace.furthest > before ? 1 : restarts + 1;
      if (!isLoss(error) || restarts > maxRestarts) {
        throw error;
      }
      const message = `${algorithm}: ${(error as Error).message} It goes on from its newest checkpoint.`;
      session.emit({ type: 'warning', message });
    }
  }
  if (trained.prompt === undefined) {
    throw new Error(`The trainer of ${algorithm} has ended without a word about its prompts.`);
  }
  return { steps: trained.steps, prompt: trained.prompt };

  async function score(message: unknown, { abortSignal: signal }: { readonly abortSignal: AbortSignal }) {
    try {
      const request = ScoreRequest.parse(message);
      const scored = await scoreAnswers(request, { abortSignal: AbortSignal.any([signal, abortSignal]) });
      if (request.purpose === 'rollout') {
        rollouts.take(request.step, scored);
      } else {
        const known = heldOut.get(request.step) ?? new Map<string, HeldOutAnswer>();
        heldOut.set(request.step, known);
        for (const one of scored) {
          known.set(`${request.mode}/${one.answer.row}/${one.answer.sample}`, heldOutAnswer(one, request));
        }
      }
      return { samples: scored.map(scoresOf) } satisfies ScoreAnswer;
    } catch (error) {
      if (!signal.aborted) {
        ownFailure ??= error;
      }
      throw error;
    }
  }

  /** The trainer saves its checkpoint only after this: none is without the evaluation that it should have. */
  async function evaluated(message: unknown) {
    try {
      const { step } = EvaluatedRequest.parse(message);
      await oneByOne(async () => {
        await beginAt(step);
        await evaluate(step);
      });
      return null;
    } catch (error) {
      ownFailure ??= error;
      throw error;
    }
  }

  function scoresOf(scored: ScoredAnswer): SampleScores {
    const { text, reason = null, scores, sourceCharacters, characters } = scored;
    const values = Object.fromEntries(
      Object.entries(scores).map(([name, found]) => [name, found.outcome === 'scored' ? found.value : null]),
    );
    return {
      outcome: text === undefined ? 'rejected' : 'accepted',
      reason,
      scores: counting.map((reward) => partOf(reward, { scores: values })),
      sourceCharacters,
      characters,
    };
  }

  async function take(event: TrainEvent): Promise<void> {
    switch (event.type) {
      case 'data':
        trained.prompt = { row: event.promptRow, sha256: event.promptSha256 };
        return tellData(event);
      case 'started': {
        const { parameters, device, precision, why } = event;
        const message = `${algorithm}: ${parameters.toLocaleString('en')} parameters on ${device} in ${precision} (${why})`;
        return session.emit({ type: 'note', stage: 'train', message });
      }
      case 'resumed':
        return session.emit({ type: 'note', stage: 'train', message: `${algorithm} goes on after step ${event.step}` });
      case 'step':
        await beginAt(event.step);
        await metrics.step(event.step, event.metrics);
        return tellStep(event);
      case 'rollouts':
        return rollouts.settle(event);
      case 'checkpoint':
        return session.emit({
          type: 'note',
          stage: 'train',
          message: `${algorithm}: checkpoint of step ${event.step}`,
        });
      case 'alarm':
        return session.emit({ type: 'warning', message: `step ${event.step}: reward ${event.reward}: ${event.what}` });
      case 'finished':
        trained.steps = event.steps;
    }
  }

  /** What was written of steps that are done again is taken back before the first of them is written. */
  async function beginAt(step: number): Promise<void> {
    if (!pace.isBegun) {
      pace.isBegun = true;
      await metrics.beginAfter(step - 1);
    }
  }

  function tellData(event: Extract<TrainEvent, { type: 'data' }>): void {
    const { rows, documents, heldOutRows, leftOut, leftOutCount, heldOutLeftOut } = event;
    const message = `${algorithm}: ${rows} passages of ${documents} documents to train on, ${heldOutRows} of others to measure on`;
    session.emit({ type: 'note', stage: 'train', message });
    if (leftOutCount + heldOutLeftOut > 0) {
      const [first] = leftOut;
      const example =
        first === undefined
          ? ''
          : `, such as passage ${first.passage} of ${first.documentId} with ${first.tokens} tokens`;
      const text = `${leftOutCount + heldOutLeftOut} passages are left out: prompt and answer do not fit the model's window${example}`;
      session.emit({ type: 'warning', message: text });
    }
  }

  function tellStep({ step, steps, metrics: found }: Extract<TrainEvent, { type: 'step' }>): void {
    const seconds = found.seconds ?? 0;
    pace.seconds = pace.seconds === 0 ? seconds : 0.8 * pace.seconds + 0.2 * seconds;
    pace.furthest = Math.max(pace.furthest, step);
    session.emit({
      type: 'training',
      algorithm,
      step,
      steps,
      ...figuresOf(found),
      secondsLeft: pace.seconds === 0 ? null : (steps - step) * pace.seconds,
    });
  }

  async function evaluate(step: number): Promise<void> {
    const answers = [...(heldOut.get(step)?.values() ?? [])];
    heldOut.delete(step);
    await writeHeldOutAnswers(run.store, evaluationsFolder(algorithm), step, answers);
    const evaluation = evaluateAnswers(step, answers, { rewards: session.rewards, seed: session.recipe.seed });
    await metrics.evaluation(evaluation);
    const { total, rewards, acceptedShare, lengthRatio } = evaluation.sample;
    const means = Object.entries(rewards).map(([name, { mean }]) => [name, mean?.mean] as const);
    const told = { step, total, rewards: Object.fromEntries(means), acceptedShare, lengthRatio };
    session.emit({ type: 'evaluation', algorithm, ...told });
  }
}

function figuresOf(found: StepMetrics) {
  const { total, loss, kl, lengthRatio, rejectedShare, cutOffShare, unscoredShare, zeroVarianceShare } = found;
  const { completionTokens, seconds } = found;
  return {
    ...{ total, loss, kl, lengthRatio, rejectedShare, cutOffShare, unscoredShare, zeroVarianceShare },
    rewards: Object.fromEntries(Object.entries(found.rewards).map(([name, { mean }]) => [name, mean])),
    tokensPerSecond: completionTokens === null || !seconds ? null : completionTokens / seconds,
  };
}

/** Processes were lost, and not the training: the same can go on. */
function isLoss(error: unknown): boolean {
  return isReproErrorBase(error) && error.code === 'REPRO_WORKER_LOST';
}
