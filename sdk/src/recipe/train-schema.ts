import { z } from 'zod';
import { durationSeconds } from './duration.ts';
import { Sampling } from './sampling-schema.ts';

/** Where the data of training come from: the passages that the rephraser cuts the dataset into. */
const TrainPassages = z.strictObject({
  /** Cuts shorter than `recycle` does; the rephraser's own limit when absent. The paper: 7,000. */
  maxCharacters: z.int().positive().optional(),
  /** Only so many documents of the dataset, in its order, held-out ones included. */
  documents: z.int().positive().optional(),
});

/** Every few steps the rephraser is measured on documents that it is not trained on. */
const Evaluation = z.strictObject({
  /** Steps between two evaluations; there is one before the first step and one after the last as well. 30: the paper's. */
  every: z.int().positive().default(30),
  /** Documents that are held out of training, one passage of each. 128: the paper's. */
  documents: z.int().positive().default(128),
  /** Answers that are drawn for each, under the sampling of `recycle`. */
  samples: z.int().positive().default(4),
  /** One greedy answer for each as well; it chooses nothing. */
  greedy: z.boolean().default(true),
  /**
   * Least mean of a reward for a checkpoint that may be chosen. Where none is stated: 0.05 below the mean before the first step, for `bertscore`
   * and `length`.
   */
  floors: z.record(z.string(), z.number()).optional(),
  /** Which checkpoint `recycle` gets: the best on the held-out documents, or the last. Decided by the profile when absent. */
  choice: z.enum(['held-out', 'last']).optional(),
});

/** A value out of these bounds, for `patience` steps in a row, ends the training: it would not come back by itself. */
const Guards = z.strictObject({
  /** Mean Kullback-Leibler divergence from the initial model, per token. */
  kl: z.number().positive().default(1),
  /** Share of the rollouts of a step that have no total. */
  unscoredShare: z.number().min(0).max(1).default(0.5),
  /** Characters of the accepted rollouts per character of their passages. */
  lengthRatio: z
    .strictObject({ atLeast: z.number().min(0).default(0.1), atMost: z.number().positive().default(4) })
    .prefault({}),
  /** Steps in a row in which no group has two rollouts of different totals: nothing is learned any more. */
  zeroVarianceSteps: z.int().positive().default(50),
  patience: z.int().positive().default(5),
});

const Lora = z.strictObject({
  rank: z.int().positive().default(16),
  alpha: z.number().positive().default(32),
  dropout: z.number().min(0).lt(1).default(0),
});

const Vllm = z.strictObject({
  /** `colocate`: on the training GPUs, asleep while they learn; `server`: on GPUs of its own. The paper: colocate. */
  mode: z.enum(['colocate', 'server']).default('colocate'),
  /** Share of a GPU's memory that vLLM takes beside the training. */
  gpuMemoryUtilization: z.number().gt(0).lt(1).default(0.3),
  serverUrl: z.url().optional(),
});

const Hardware = z.strictObject({
  /** `cpu` or `cuda`; a GPU where there is one when absent. */
  device: z.string().optional(),
  /**
   * Of the arithmetic: the weights are kept in float32 all the same, small steps would be lost otherwise. bfloat16, the
   * paper's, where the device computes it fast, when absent.
   */
  precision: z.enum(['float32', 'bfloat16']).optional(),
  /** Threads of one rank; the cores shared among the ranks when absent. */
  threads: z.int().positive().optional(),
  /** Less memory for more time. */
  gradientCheckpointing: z.boolean().default(false),
  /** What each rank holds: all of the model (ddp), or a part of it. The paper: zero3. */
  parallel: z.enum(['ddp', 'fsdp2', 'zero3']).default('ddp'),
  /** Trains a few matrices beside the weights instead of the weights. */
  lora: Lora.optional(),
  /** Generates with vLLM instead of the training model itself; needs a GPU. */
  vllm: Vllm.optional(),
});

/** How the gradient is made and applied; what is absent is decided by the profile. */
const optimiser = {
  /** How the learning rate falls from its height. cosine: the paper's. */
  schedule: z.enum(['cosine', 'constant']).default('cosine'),
  /** Share of the steps in which it rises. 0.1: the paper's. */
  warmupShare: z.number().min(0).lt(1).default(0.1),
  /** Where it ends, as a share of its height. 0.1: the paper's. */
  leastLearningRateShare: z.number().min(0).max(1).default(0.1),
  /** Longer gradients are shortened to it. 1: the default of TRL, which the paper leaves alone. */
  maxGradientNorm: z.number().positive().default(1),
  weightDecay: z.number().min(0).default(0),
};

const Objective = z.strictObject({
  /** Weight of the divergence from the initial model. 0.005: the paper's. */
  beta: z.number().min(0).default(0.005),
  /** Clip of the ratio; inactive with one update per batch. 0.2: the paper's. */
  epsilon: z.number().positive().default(0.2),
  /** What the loss is divided by. bnpo: the paper's. */
  lossType: z.enum(['bnpo', 'grpo', 'dr_grpo', 'dapo']).default('bnpo'),
  /** By whose spread advantages are divided. group: the paper's. */
  scaleRewards: z.enum(['group', 'batch', 'none']).default('group'),
  /** `each`: every reward is normalised within its group before they are added up. total: the paper's. */
  normalise: z.enum(['total', 'each']).default('total'),
  /** Times that a group whose rollouts all have the same total is drawn again. 0: the paper's. */
  resample: z.int().min(0).default(0),
  ...optimiser,
  /** `any`: one of a document's passages; `first`: always its first, as the paper. */
  passage: z.enum(['any', 'first']).optional(),
  /** What a rejected answer earns: one less than the lowest accepted of its group, or what the empty text earns, as the paper. */
  rejected: z.enum(['lowest', 'as-empty']).optional(),
  /** Whether an answer that ends at `maxTokens` is rejected, or scored as it is, as the paper. */
  cutOff: z.enum(['rejected', 'scored']).optional(),
});

/** Where this differs from the paper at all: see `profiles`. */
const profile = z.enum(['repro', 'paper']).default('repro');

const common = {
  profile,
  /** `named`: a plain `repro run` leaves it out; `--only train` and `--from train` name it. */
  when: z.enum(['always', 'named']).default('always'),
  /** Prompts of one step. 24: the paper's. */
  promptsPerStep: z.int().positive().default(24),
  passages: TrainPassages.prefault({}),
  /** `none` holds nothing out, and the last checkpoint is taken. */
  evaluation: z.union([Evaluation, z.literal('none')]).prefault({}),
  /** Steps between two checkpoints; there is one after the last step as well. 60: the paper's. */
  checkpointEvery: z.int().positive().default(60),
  /** Newest checkpoints that keep what is needed to go on from them; of older ones the weights alone are kept. */
  checkpointsForResume: z.int().positive().default(2),
  guards: Guards.prefault({}),
  /** Processes that train together, each on its own share of the prompts. The paper: 6 for training, with 2 GPUs for its judges. */
  ranks: z.int().positive().default(1),
  hardware: Hardware.prefault({}),
  reportTo: z.array(z.enum(['tensorboard', 'trackio'])).default([]),
  /** Limit of one call for scores; shorter than what the ranks wait for each other. */
  callbackTimeout: durationSeconds.prefault('8m'),
};

const GrpoStage = z.strictObject({
  algorithm: z.literal('grpo'),
  ...common,
  /** 2,000: the paper's. */
  steps: z.int().positive().default(2000),
  /** Answers to each prompt, compared with each other. 8: the paper's. */
  rollouts: z.int().min(2, 'expected 2 or more: a rollout is compared with others of its passage').default(8),
  /** Over the rephraser's own, at temperature 1 and top-p 0.9, as the paper. */
  sampling: Sampling.optional(),
  /** 1e-6: the paper's. */
  learningRate: z.number().positive().default(1e-6),
  objective: Objective.prefault({}),
  /** Groups of a step whose rollouts are kept, with their scores. */
  keepGroups: z.int().min(0).default(2),
});

/** Answers to learn from, of a stronger model or an earlier run. */
const Pairs = z
  .strictObject({
    /** Lines of JSON, each with an original and its rephrasing. */
    path: z.string().min(1).optional(),
    original: z.string().default('original'),
    rephrased: z.string().default('rephrased'),
    /** Field of such a line with the id of the document that its original is from. Without it the texts are compared. */
    id: z.string().optional(),
    /** Folder of a run over pages of the same dataset: of each page that is one passage, what it was recycled to. */
    run: z.string().min(1).optional(),
    /** What every answer begins with (the opener that the rephraser asks for), where they do not have it. */
    opener: z.string().default(''),
  })
  .refine(({ path, run }) => (path === undefined) !== (run === undefined), 'expected either "path" or "run"');
export type TrainPairs = z.infer<typeof Pairs>;

const SftStage = z.strictObject({
  algorithm: z.literal('sft'),
  ...common,
  steps: z.int().positive().default(200),
  /** 2e-5: the default of TRL. */
  learningRate: z.number().positive().default(2e-5),
  objective: z.strictObject(optimiser).prefault({}),
  pairs: Pairs,
});

const Stage = z.discriminatedUnion('algorithm', [GrpoStage, SftStage], {
  error: 'expected "algorithm: grpo" or "algorithm: sft"',
});
export type TrainStage = z.infer<typeof Stage>;
export type GrpoStage = z.infer<typeof GrpoStage>;
export type SftStage = z.infer<typeof SftStage>;

/** One training, or several in their order: `[sft, grpo]` goes on from what sft has learned. */
export const TrainStages = z.union([
  Stage,
  z
    .array(Stage)
    .min(1)
    .refine(
      (stages) => new Set(stages.map(({ algorithm }) => algorithm)).size === stages.length,
      'expected each algorithm once',
    ),
]);

/** The trainings of a recipe, in their order. */
export function trainStagesOf({
  train,
}: {
  readonly train?: z.infer<typeof TrainStages> | undefined;
}): readonly TrainStage[] {
  return train === undefined ? [] : [train].flat();
}
