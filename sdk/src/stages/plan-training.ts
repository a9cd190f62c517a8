import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { Session } from '../session/open-session.ts';
import { trainableEndpoint, trainedName } from '../session/trained-endpoint.ts';
import { documentsToRead } from '../training/documents-of-recipe.ts';
import { decisionsOf, differencesFromPaper, type TrainingDecisions } from '../training/profiles.ts';
import { countingRewards, rolloutSampling } from '../training/trainer-input.ts';
import { trainableRephraser } from './trainable-rephraser.ts';

/** What one training would do. */
export interface TrainingPlan {
  readonly algorithm: TrainStage['algorithm'];
  readonly model: string;
  readonly steps: number;
  readonly promptsPerStep: number;
  readonly rollouts: number | undefined;
  /** Most documents that are read, held-out ones included. */
  readonly documents: number;
  readonly decisions: TrainingDecisions;
  readonly differencesFromPaper: readonly string[];
  readonly ranks: number;
  readonly hardware: TrainStage['hardware'];
  /** Bytes of the checkpoints, about; undefined where the model is not on this machine. */
  readonly checkpointBytes: number | undefined;
  readonly lines: readonly string[];
}

export async function planTraining(session: Session): Promise<readonly TrainingPlan[]> {
  const { recipe } = session;
  const model = trainableEndpoint(recipe) ?? '';
  const weightBytes = await measureWeights(recipe.models[model]?.path ?? '');
  return trainStagesOf(recipe).map((stage) => {
    const plan = {
      algorithm: stage.algorithm,
      model,
      steps: stage.steps,
      promptsPerStep: stage.promptsPerStep,
      rollouts: stage.algorithm === 'grpo' ? stage.rollouts : undefined,
      documents: documentsToRead(stage),
      decisions: decisionsOf(stage),
      differencesFromPaper: differencesFromPaper(stage),
      ranks: stage.ranks,
      hardware: stage.hardware,
      checkpointBytes: weightBytes && checkpointBytesOf(stage, weightBytes),
    };
    return { ...plan, lines: describe(session, stage, plan) };
  });
}

/** Which model `recycle` would ask, in words. */
export function describeRecycledModel({ recipe }: Session, trains: boolean, isTrained: boolean): string | undefined {
  const name = trainableEndpoint(recipe);
  if (name === undefined || (recipe.train === undefined && !isTrained)) {
    return undefined;
  }
  const isUsed = recipe.recycle?.checkpoint !== 'none' && (trains || isTrained);
  return `Recycle asks ${isUsed ? `${trainedName(name)}: the checkpoint that train chooses` : `${name} as it is`}`;
}

/** Weights of float32 at every evaluated step, and twice as much again for the optimizer of the newest. */
function checkpointBytesOf(
  { steps, evaluation, checkpointEvery, checkpointsForResume }: TrainStage,
  weightBytes: number,
) {
  const every = evaluation === 'none' ? checkpointEvery : evaluation.every;
  const kept =
    evaluation === 'none' ? Math.min(checkpointsForResume, Math.ceil(steps / every)) : Math.ceil(steps / every);
  return weightBytes * (kept + 2 * Math.min(checkpointsForResume, kept));
}

/** Bytes of a model's weights in float32, where they lie in a folder that can be seen without Python. */
async function measureWeights(path: string): Promise<number | undefined> {
  const names = await readdir(path).catch(() => []);
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  const sizes = await Promise.all(weights.map((name) => measureInFloat32(join(path, name))));
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
}

/** A file begins with the length of its header, which says the format of each tensor. */
async function measureInFloat32(path: string): Promise<number> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer: length } = await file.read(Buffer.alloc(8), 0, 8, 0);
  const headerBytes = Number(length.readBigUInt64LE());
  if (headerBytes > mostHeaderBytes) {
    return size;
  }
  const { buffer: header } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 8);
  return /"dtype":\s*"(BF16|F16)"/.test(header.toString()) ? 2 * size : size;
}

const mostHeaderBytes = 100 * 2 ** 20;

function describe(session: Session, stage: TrainStage, plan: Omit<TrainingPlan, 'lines'>): readonly string[] {
  const { algorithm, steps, promptsPerStep, rollouts, documents, checkpointBytes } = plan;
  const count = (value: number) => value.toLocaleString('en');
  const { evaluation, profile, learningRate, ranks, hardware } = stage;
  const { objective } = stage;
  const rows = rollouts === undefined ? '' : ` x ${rollouts} rollouts = ${count(promptsPerStep * rollouts)} answers`;
  const rewards = countingRewards(session.rewards).map(
    ({ name, weight, onlyIf }) => `${weight} ${name}${onlyIf === undefined ? '' : ` (only if ${onlyIf})`}`,
  );
  return [
    `Train ${algorithm}: ${plan.model}, ${count(steps)} steps of ${promptsPerStep} prompts${rows}; at most ${count(documents)} documents are read`,
    `  learning rate ${learningRate}, ${objective.schedule}, warm-up ${percent(objective.warmupShare)} of the steps${'beta' in objective ? `; beta ${objective.beta}, loss ${objective.lossType}, rewards scaled by ${objective.scaleRewards}, normalised ${objective.normalise === 'each' ? 'each' : 'in total'}${objective.resample === 0 ? '' : `, groups without spread drawn again ${objective.resample} times`}` : ''}`,
    ...(algorithm === 'grpo'
      ? [`  sampling ${describeSampling(session, stage)}; reward of every answer = ${rewards.join(' + ')}`]
      : []),
    ...(stage.algorithm === 'sft' ? [`  learns from pairs of ${stage.pairs.path ?? stage.pairs.run}`] : []),
    `  profile ${profile}: ${plan.differencesFromPaper.length === 0 ? 'as the paper' : 'differs from the paper:'}`,
    ...plan.differencesFromPaper.map((difference) => `    ${difference}`),
    evaluation === 'none'
      ? '  nothing is held out'
      : `  measured on ${evaluation.documents} held-out documents every ${evaluation.every} steps: ${evaluation.samples} drawn ${evaluation.samples === 1 ? 'answer' : 'answers'} each${evaluation.greedy ? ' and a greedy one' : ''}`,
    `  ${ranks} ${ranks === 1 ? 'process' : 'processes'}${ranks === 1 ? '' : ` (${hardware.parallel})`}, ${hardware.device ?? 'GPU where there is one'}, ${hardware.precision ?? 'bfloat16 where it is fast'}${hardware.gradientCheckpointing ? ', gradient checkpointing' : ''}${hardware.lora ? `, LoRA of rank ${hardware.lora.rank}` : ''}${hardware.vllm ? `, generates with vLLM (${hardware.vllm.mode}${hardware.vllm.mode === 'colocate' ? `, ${percent(hardware.vllm.gpuMemoryUtilization)} of the memory` : ''})` : ''}`,
    `  checkpoints: ${checkpointBytes === undefined ? 'size not known before the model is on this machine' : `about ${count(Math.ceil(checkpointBytes / 2 ** 20))} MiB`}`,
  ];
}

function describeSampling(session: Session, stage: TrainStage): string {
  const stated = stage.algorithm === 'grpo' ? stage.sampling : undefined;
  const { temperature, topP, topK, maxTokens } = rolloutSampling(trainableRephraser(session), stated);
  return `temperature ${temperature}, top-p ${topP}${topK === 0 ? '' : `, top-k ${topK}`}, at most ${maxTokens} tokens`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
