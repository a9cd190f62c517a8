import { samplingMessage } from '../models/engine-messages.ts';
import type { ModelEndpoint } from '../recipe/recipe-schema.ts';
import { type TrainStage, TrainStages } from '../recipe/train-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { RewardWeighting } from '../rewards/combine-scores.ts';
import { decisionsOf } from './profiles.ts';
import { TrainInput } from './trainer-messages.ts';

export interface TrainerInputOptions {
  readonly stage: TrainStage;
  readonly rephraser: BoundRephraser;
  readonly rewards: readonly RewardWeighting[];
  readonly seed: number;
  /** Absolute folder of the model that training begins with. */
  readonly modelPath: string;
  readonly endpoint: Pick<ModelEndpoint, 'chatTemplate' | 'thinking'>;
  /** Absolute. */
  readonly folder: string;
  readonly passages: string;
  readonly heldOut: string | undefined;
  readonly pairs: string | undefined;
}

/** Everything that a trainer group has to know, with every default decided. */
export function trainerInput(options: TrainerInputOptions): TrainInput {
  const { stage, rephraser, rewards, seed, modelPath, endpoint, folder, passages, heldOut, pairs } = options;
  const { evaluation, hardware, guards } = stage;
  const own = samplingMessage(rephraser.sampling);
  const grpo = stage.algorithm === 'grpo' ? stage : defaultGrpo;
  const { device, precision, threads, gradientCheckpointing, parallel, lora, vllm } = hardware;
  const { beta, epsilon, lossType, scaleRewards, normalise, resample } = grpo.objective;
  const { schedule, warmupShare, leastLearningRateShare, maxGradientNorm, weightDecay } = stage.objective;
  return TrainInput.parse({
    algorithm: stage.algorithm,
    folder,
    passages,
    heldOut: heldOut ?? null,
    model: { path: modelPath, chatTemplate: endpoint.chatTemplate ?? null, thinking: endpoint.thinking },
    seed,
    steps: stage.steps,
    promptsPerStep: stage.promptsPerStep,
    rollouts: stage.algorithm === 'grpo' ? stage.rollouts : 1,
    sampling: rolloutSampling(rephraser, grpo.sampling),
    rewards: countingRewards(rewards).map(({ name, weight, onlyIf = null }) => ({ name, weight, onlyIf })),
    objective: {
      ...{ beta, epsilon, lossType, scaleRewards, normalise, resample },
      rejected: decisionsOf(stage).rejected,
      learningRate: stage.learningRate,
      ...{ schedule, warmupShare, leastLearningRateShare, maxGradientNorm, weightDecay },
    },
    evaluation:
      evaluation === 'none' || heldOut === undefined
        ? null
        : { every: evaluation.every, samples: evaluation.samples, sampling: own, greedy: evaluation.greedy },
    checkpoints: { every: stage.checkpointEvery, keepForResume: stage.checkpointsForResume },
    guards,
    hardware: {
      ...{ device: device ?? null, precision: precision ?? null, threads: threads ?? null },
      ...{ gradientCheckpointing, parallel },
      lora: lora ?? null,
      vllm: vllm ? { ...vllm, serverUrl: vllm.serverUrl ?? null } : null,
    },
    reportTo: stage.reportTo,
    callbackTimeoutSeconds: stage.callbackTimeout,
    pairs: pairs ?? null,
  });
}

/** The rephraser's own, drawn freely as in the paper whatever `recycle` does: learning needs answers that differ. */
export function rolloutSampling({ sampling }: BoundRephraser, stated: object | undefined): TrainInput['sampling'] {
  return TrainInput.shape.sampling.parse({
    ...samplingMessage(sampling),
    temperature: 1,
    topP: 0.9,
    ...Object.fromEntries(Object.entries(stated ?? {}).filter(([, value]) => value !== undefined)),
  });
}

/** Those that the total needs: a reward of weight 0 is only looked at, unless it is a gate. */
export function countingRewards<Reward extends RewardWeighting>(rewards: readonly Reward[]): readonly Reward[] {
  const gates = new Set(
    rewards.flatMap(({ weight, onlyIf }) => (weight !== 0 && onlyIf !== undefined ? [onlyIf] : [])),
  );
  return rewards.filter(({ name, weight }) => weight !== 0 || gates.has(name));
}

/** What a trainer of pairs does not read has the same values as everywhere. */
const defaultGrpo = TrainStages.parse({ algorithm: 'grpo' }) as Extract<TrainStage, { algorithm: 'grpo' }>;
