import { join } from 'node:path';
import type { BoundDataset } from '../datasets/bind-dataset.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import { TrainingRejectedError } from '../errors/training-rejected.ts';
import { UnusableTrainingPairsError } from '../errors/unusable-training-pairs.ts';
import { type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { trainableEndpoint } from '../session/trained-endpoint.ts';
import { checkpointsFolder, evaluationsFolder, listSteps, rolloutsFolder } from '../training/checkpoint-folders.ts';
import { type Candidate, defaultFloors } from '../training/choose-checkpoint.ts';
import { decideCheckpoint, decidingRule, readCandidates } from '../training/decide-checkpoint.ts';
import { documentsOfRecipe } from '../training/documents-of-recipe.ts';
import { hashFiles } from '../training/hand-over-model.ts';
import { decisionsOf } from '../training/profiles.ts';
import {
  type Phase,
  phaseFolder,
  readPhaseFile,
  type Trained,
  type TrainResult,
  writePhaseFile,
} from '../training/train-result.ts';
import { trainerInput } from '../training/trainer-input.ts';
import type { TrainInput } from '../training/trainer-messages.ts';
import { writePairs } from '../training/write-pairs.ts';
import { writeTrainingData } from '../training/write-training-data.ts';
import { followTraining } from './follow-training.ts';
import { readPairs } from './read-pairs.ts';
import { readTrainingDocuments } from './read-training-documents.ts';
import type { TrainKeys } from './stage-key.ts';
import { trainableRephraser } from './trainable-rephraser.ts';

export interface TrainingWork {
  readonly session: Session;
  readonly run: RunFolder;
  readonly dataset: BoundDataset;
  readonly stage: TrainStage;
  readonly keys: TrainKeys;
  readonly versions: Readonly<Record<string, string>>;
  readonly limit: number | undefined;
  /** Absolute folder of the model that an earlier training has chosen; the endpoint's own when absent. */
  readonly from: string | undefined;
  readonly abortSignal: AbortSignal;
}

/** One training, from wherever it stands: its data, its steps, its choice. Each is done once, and kept. */
export async function runTraining(work: TrainingWork): Promise<TrainResult> {
  const { run, stage } = work;
  const { algorithm } = stage;
  const phase = (await readPhaseFile(run.store, algorithm, 'phase')) ?? (await writeData(work));
  const trained = (await readPhaseFile(run.store, algorithm, 'trained')) ?? (await trainSteps(work, phase));
  await run.throwIfLost();
  const result = await choose(work, trained);
  await writePhaseFile(run.store, algorithm, 'result', result);
  return result;
}

async function writeData(work: TrainingWork): Promise<Phase> {
  const { session, run, dataset, stage, keys, limit = Number.POSITIVE_INFINITY, versions, abortSignal } = work;
  const folder = `${phaseFolder(stage.algorithm)}/data`;
  // All trainings of a recipe hold out the same documents: one must not be taught what the next is measured on.
  const { heldOut: wanted, read } = documentsOfRecipe(trainStagesOf(session.recipe));
  const most = Math.min(limit, read);
  const documents = readTrainingDocuments(dataset, { most, abortSignal });
  const common = {
    rephraser: trainableRephraser(session),
    window: await session.models.windowAtRest(endpointOf(session)),
  };
  const data = await writeTrainingData(run.store, folder, documents.read, {
    ...common,
    passage: decisionsOf(stage).passage,
    maxCharacters: stage.passages.maxCharacters,
    heldOutDocuments: wanted,
    withPassages: stage.algorithm !== 'sft',
    seed: session.recipe.seed,
  });
  const { heldOut, isHeldOut } = data;
  const pairs =
    stage.algorithm === 'sft'
      ? await writePairs(run.store, folder, readPairs(session, stage.pairs), {
          ...common,
          opener: stage.pairs.opener,
          isHeldOut,
        })
      : undefined;
  const passages = pairs?.passages ?? data.passages;
  tellLeftOut(work, data.copies, pairs?.leftOut);
  if (passages === undefined || passages.rows === 0) {
    throw nothingToTrainOn(stage, pairs?.leftOut);
  }
  if ((heldOut?.documents ?? 0) < wanted) {
    const message = `${heldOut?.documents ?? 0} documents are held out and not ${wanted}: at most half of those that were read`;
    session.emit({ type: 'warning', message });
  }
  const { input, unusableRecords } = await documents.input();
  const names = [passages.file, ...(heldOut ? [heldOut.file] : []), ...(pairs ? [pairs.file] : [])];
  const phase: Phase = {
    format: 1,
    key: keys.key,
    versions: { ...versions },
    input,
    data: {
      rows: passages.rows,
      documents: passages.documents,
      heldOutDocuments: heldOut?.documents ?? 0,
      unusableRecords,
      files: [...(await hashFiles(run.store, names))],
    },
  };
  await writePhaseFile(run.store, stage.algorithm, 'phase', phase);
  return phase;
}

function tellLeftOut(
  { session }: TrainingWork,
  copies: number,
  leftOut: ReadonlyMap<string, number> = new Map(),
): void {
  if (copies > 0) {
    const message = `${copies} documents are not trained on: their text is a part of a held-out one, or contains one`;
    session.emit({ type: 'warning', message });
  }
  if (leftOut.size > 0) {
    const message = `pairs that are not learned from: ${reasonsOf(leftOut)}`;
    session.emit({ type: 'warning', message });
  }
}

function nothingToTrainOn(stage: TrainStage, leftOut: ReadonlyMap<string, number> = new Map()): Error {
  if (stage.algorithm === 'sft') {
    const why = leftOut.size === 0 ? '' : ` (${reasonsOf(leftOut)})`;
    const source = stage.pairs.path ?? stage.pairs.run ?? '';
    return new UnusableTrainingPairsError({ source, problem: `has no pair that can be learned from${why}` });
  }
  const hint =
    'Give it more documents: `dataset.path`, `train.passages.documents`, or fewer held out (`train.evaluation.documents`).';
  return new InputMissingError({ stage: 'train', missing: 'a passage to train on', hint });
}

function reasonsOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}

async function trainSteps(work: TrainingWork, phase: Phase): Promise<Trained> {
  const { session, run, stage, from } = work;
  const endpoint = endpointOf(session);
  const at = (path: string) => join(run.folder, phaseFolder(stage.algorithm), path);
  const heldOut = phase.data.heldOutDocuments === 0 ? undefined : at('data/held-out.jsonl');
  const input: TrainInput = trainerInput({
    stage,
    rephraser: trainableRephraser(session),
    rewards: session.rewards,
    seed: session.recipe.seed,
    modelPath: from ?? (await session.models.reference(endpoint)).path,
    endpoint: session.recipe.models[endpoint] ?? { thinking: 'on' },
    folder: at('.'),
    passages: at('data/passages.jsonl'),
    heldOut,
    pairs: stage.algorithm === 'sft' ? at('data/pairs.jsonl') : undefined,
  });
  const trained = await followTraining(work, input);
  await writePhaseFile(run.store, stage.algorithm, 'trained', trained);
  return trained;
}

async function choose(work: TrainingWork, { steps, prompt }: Trained): Promise<TrainResult> {
  const { session, run, stage, keys, versions } = work;
  const { algorithm } = stage;
  const { seed } = session.recipe;
  const checkpoints = await listSteps(run.store, checkpointsFolder(algorithm));
  const evaluated = await listSteps(run.store, evaluationsFolder(algorithm));
  const rewards = session.rewards.map(({ name, weight, threshold, onlyIf }) => ({ name, weight, threshold, onlyIf }));
  const candidates = await readCandidates(run.store, algorithm, { steps: evaluated, rewards, seed });
  const start = candidates.find(({ step }) => step === 0);
  const stated = stage.evaluation === 'none' ? undefined : stage.evaluation.floors;
  const plugins = new Map(session.rewards.map(({ name, plugin }) => [name, plugin.name]));
  const floors = stated ?? defaultFloors(start?.evaluation, plugins);
  const { choice: by } = decisionsOf(stage);
  const { chosen, verdicts, evaluations } = decideCheckpoint(candidates, { checkpoints, floors, by, seed });
  if (checkpoints.length === 0) {
    const folder = join(run.folder, checkpointsFolder(algorithm));
    throw new Error(`The trainer has finished ${steps} steps and left no checkpoint in ${folder}.`);
  }
  if (chosen === undefined) {
    const lines = verdicts.map(({ step, below }) => `  step ${step}: ${below.join(', ')}`);
    throw new TrainingRejectedError({ run: run.folder, checkpoints: lines });
  }
  const unscored = candidates.reduce((sum, { evaluation }) => sum + unscoredAnswers(evaluation), 0);
  if (unscored > 0) {
    const message = `${algorithm}: ${unscored} scores of held-out answers are missing; only documents with a total at every step were compared`;
    session.emit({ type: 'warning', message });
  }
  if (chosen.isShownBetter === false) {
    const message = `${algorithm}: the chosen checkpoint is not shown to be better than the model before training (the 95 % interval of the difference includes 0)`;
    session.emit({ type: 'warning', message });
  }
  const folders = [evaluationsFolder(algorithm), rolloutsFolder(algorithm)];
  const names = await Promise.all(
    folders.map(async (folder) => (await run.store.list(folder)).map((name) => `${folder}/${name}`)),
  );
  return {
    format: 1,
    ...keys,
    versions: { ...versions },
    algorithm,
    steps,
    chosen,
    floors: { ...floors },
    decided: { rule: decidingRule, by, seed, rewards },
    evaluations,
    prompt,
    files: [...(await hashFiles(run.store, names.flat()))],
    finishedAt: new Date().toISOString(),
  };
}

function unscoredAnswers({ sample }: Candidate['evaluation']): number {
  return Object.values(sample.rewards).reduce((sum, { unscored }) => sum + unscored, 0);
}

function endpointOf({ recipe }: Session): string {
  return trainableEndpoint(recipe) ?? '';
}
