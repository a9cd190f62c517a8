import { setTimeout as sleep } from 'node:timers/promises';
import { InputMissingError } from '../errors/input-missing.ts';
import { type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { chosenFolder } from '../training/checkpoint-folders.ts';
import { handOverModel } from '../training/hand-over-model.ts';
import { isHandedOver } from '../training/is-handed-over.ts';
import { readPhaseFile, removeHandedOver, type TrainResult, writeHandedOver } from '../training/train-result.ts';
import type { ExistingPolicy } from './accept-existing-parts.ts';
import { type AcceptedTraining, acceptExistingTraining } from './accept-existing-training.ts';
import { checkTotalOrdering } from './check-total-ordering.ts';
import { runTraining, type TrainingWork } from './run-training.ts';
import { type TrainKeys, trainKeys, versionsOf } from './stage-key.ts';
import { summarizeTraining, type TrainSummary } from './train-summary.ts';

export interface TrainOptions {
  /** Only so many records of the dataset, in its order. */
  readonly limit?: number | undefined;
  /** What to do with a training that this call would do differently; without it that is an ExistingOutputError. */
  readonly existing?: ExistingPolicy;
}

/** How often a host that waits for another one's training looks whether it is done. */
const waitMilliseconds = 500;

/**
 * Trains the rephraser of a recipe and leaves the chosen model in `train/model` of the run, where `recycle` takes it from.
 * What is trained already is not trained again; a training that was interrupted goes on from its newest checkpoint. One host
 * trains at a time.
 */
export async function train(session: Session, { limit, existing }: TrainOptions = {}): Promise<TrainSummary> {
  const { dataset, emit, recipe } = session;
  const stages = trainStagesOf(recipe);
  if (stages.length === 0) {
    const hint = 'Add `train: { algorithm: grpo }` to the recipe.';
    throw new InputMissingError({ stage: 'train', missing: 'to know how to train', hint });
  }
  if (dataset === undefined) {
    const hint = 'Add `dataset: { use: jsonl, path: ... }` to the recipe.';
    throw new InputMissingError({ stage: 'train', missing: 'a dataset', hint });
  }
  const run = await session.openRun();
  const abortSignal = AbortSignal.any([session.abortSignal, run.abortSignal]);
  const keys = await trainKeys(session, limit);
  await run.claimStage('train', keys.map(({ key, choiceKey }) => `${key} ${choiceKey}`).join(' '));
  const accepted = await acceptExistingTraining(session, run, { stages, keys, existing, abortSignal });

  emit({ type: 'stage', stage: 'train', state: 'started' });
  const results = await trainInTurn({ session, run, dataset, limit, abortSignal }, { stages, keys, accepted }).catch(
    async (error: unknown) => {
      session.abortSignal.throwIfAborted();
      await run.throwIfLost();
      throw error;
    },
  );
  emit({ type: 'stage', stage: 'train', state: 'finished' });
  return summarizeTraining(run, results);
}

interface Trainings {
  readonly stages: readonly TrainStage[];
  readonly keys: readonly TrainKeys[];
  readonly accepted: AcceptedTraining;
}

/** Trains what is not trained yet and hands the last model over, or waits until the host that does so is done. */
async function trainInTurn(
  common: Pick<TrainingWork, 'session' | 'run' | 'dataset' | 'limit' | 'abortSignal'>,
  trainings: Trainings,
): Promise<readonly TrainResult[]> {
  const { session, run, abortSignal } = common;
  for (;;) {
    await using lease = await run.takePart('train', 0);
    const done = await readResults(run, trainings);
    const last = done.at(-1);
    if (last !== undefined && done.length === trainings.stages.length && (await isHandedOver(run.store, last))) {
      session.emit({ type: 'note', stage: 'train', message: 'everything is trained already' });
      return done;
    }
    if (lease !== undefined) {
      return await trainAll(common, trainings, done);
    }
    session.emit({ type: 'stage', stage: 'train', state: 'waiting' });
    await sleep(waitMilliseconds, undefined, { signal: abortSignal });
  }
}

/** Results that this call would come to again, up to the first that is missing. */
async function readResults(run: RunFolder, { stages, keys, accepted }: Trainings): Promise<readonly TrainResult[]> {
  const results: TrainResult[] = [];
  for (const [index, { algorithm }] of stages.entries()) {
    const result = await readPhaseFile(run.store, algorithm, 'result');
    const isWanted = result?.key === keys[index]?.key && result?.choiceKey === keys[index]?.choiceKey;
    if (result === undefined || !(isWanted || accepted.kept.has(algorithm))) {
      break;
    }
    results.push(result);
  }
  return results;
}

async function trainAll(
  common: Pick<TrainingWork, 'session' | 'run' | 'dataset' | 'limit' | 'abortSignal'>,
  { stages, keys }: Trainings,
  done: readonly TrainResult[],
): Promise<readonly TrainResult[]> {
  const { session, run } = common;
  const results = [...done];
  for (const [index, stage] of stages.entries()) {
    if (index < done.length) {
      session.emit({ type: 'note', stage: 'train', message: `${stage.algorithm} is trained already` });
      continue;
    }
    if (index === done.length && (await readPhaseFile(run.store, stage.algorithm, 'trained')) === undefined) {
      await warnOfShortcuts(session);
    }
    const before = results.at(-1);
    const from = before && chosenFolder(run.store, before);
    const versions = versionsOf(session, 'train');
    results.push(await runTraining({ ...common, stage, keys: keys[index] as TrainKeys, versions, from }));
  }
  const last = results.at(-1) as TrainResult;
  if (!(await isHandedOver(run.store, last))) {
    await handOver(run, last);
  }
  return results;
}

/** Before anything is spent: what the total prefers to a faithful rewriting is what training would teach. */
async function warnOfShortcuts(session: Session): Promise<void> {
  for (const finding of await checkTotalOrdering(session)) {
    session.emit({ type: 'warning', message: `the rewards on test pairs: ${finding}` });
  }
}

/** Makes `train/model` the one that was chosen. What says which it is goes first and comes last. */
async function handOver(run: RunFolder, result: TrainResult): Promise<void> {
  const { algorithm, key, choiceKey, chosen, prompt } = result;
  await run.throwIfLost();
  await removeHandedOver(run.store);
  const files = await handOverModel(run.store, chosenFolder(run.store, result), run.host);
  await writeHandedOver(run.store, {
    format: 1,
    algorithm,
    key,
    choiceKey,
    step: chosen.step,
    prompt,
    files: [...files],
  });
}
