import { z } from 'zod';

/** Sampling with every field decided. */
const CompleteSampling = z.strictObject({
  temperature: z.number(),
  topP: z.number(),
  topK: z.int(),
  maxTokens: z.int(),
  stop: z.array(z.string()),
  repetitionPenalty: z.number(),
  stopRepetitionAfter: z.int(),
});

/** What a trainer group is asked to do; its twin is in `repro_worker/train/messages.py`. Paths are absolute. */
export const TrainInput = z.strictObject({
  algorithm: z.enum(['grpo', 'sft']),
  /** The trainer writes `checkpoints/step-000030/` there, each by rename and only ever complete. */
  folder: z.string(),
  /** Lines of `PassageRow`. */
  passages: z.string(),
  heldOut: z.string().nullable(),
  model: z.strictObject({
    path: z.string(),
    chatTemplate: z.string().nullable(),
    thinking: z.enum(['soft-off', 'template-off', 'on']),
  }),
  seed: z.int(),
  steps: z.int(),
  promptsPerStep: z.int(),
  rollouts: z.int(),
  sampling: CompleteSampling,
  rewards: z.array(z.strictObject({ name: z.string(), weight: z.number(), onlyIf: z.string().nullable() })),
  objective: z.strictObject({
    beta: z.number(),
    epsilon: z.number(),
    lossType: z.enum(['bnpo', 'grpo', 'dr_grpo', 'dapo']),
    scaleRewards: z.enum(['group', 'batch', 'none']),
    rejected: z.enum(['lowest', 'as-empty']),
    normalise: z.enum(['total', 'each']),
    resample: z.int(),
    learningRate: z.number(),
    schedule: z.enum(['cosine', 'constant']),
    warmupShare: z.number(),
    leastLearningRateShare: z.number(),
    maxGradientNorm: z.number(),
    weightDecay: z.number(),
  }),
  evaluation: z
    .strictObject({ every: z.int(), samples: z.int(), sampling: CompleteSampling, greedy: z.boolean() })
    .nullable(),
  checkpoints: z.strictObject({ every: z.int(), keepForResume: z.int() }),
  guards: z.strictObject({
    kl: z.number(),
    unscoredShare: z.number(),
    lengthRatio: z.strictObject({ atLeast: z.number(), atMost: z.number() }),
    zeroVarianceSteps: z.int(),
    patience: z.int(),
  }),
  hardware: z.strictObject({
    device: z.string().nullable(),
    precision: z.enum(['float32', 'bfloat16']).nullable(),
    threads: z.int().nullable(),
    gradientCheckpointing: z.boolean(),
    parallel: z.enum(['ddp', 'fsdp2', 'zero3']),
    lora: z.strictObject({ rank: z.int(), alpha: z.number(), dropout: z.number() }).nullable(),
    vllm: z
      .strictObject({
        mode: z.enum(['colocate', 'server']),
        gpuMemoryUtilization: z.number(),
        serverUrl: z.string().nullable(),
      })
      .nullable(),
  }),
  reportTo: z.array(z.string()),
  callbackTimeoutSeconds: z.number(),
  /** Lines of `{ row, prompt, completion }`, for sft. */
  pairs: z.string().nullable(),
});
export type TrainInput = z.infer<typeof TrainInput>;

/** A worker's question for the scores of its answers, in the order of the answer to it. */
export const ScoreRequest = z.object({
  purpose: z.enum(['rollout', 'held-out']),
  step: z.int(),
  rank: z.int(),
  mode: z.enum(['sample', 'greedy']),
  samples: z.array(
    z.object({
      /** Place of its prompt in the order of the run, of a held-out passage its row; answers of one place are a group. */
      position: z.int(),
      row: z.int(),
      sample: z.int(),
      text: z.string(),
      finishReason: z.enum(['stop', 'length', 'repetition']),
      tokens: z.int(),
      promptTokens: z.int(),
      thinkPrefilled: z.boolean(),
    }),
  ),
});
export type ScoreRequest = z.infer<typeof ScoreRequest>;
export type AnswerToScore = ScoreRequest['samples'][number];

export interface SampleScores {
  readonly outcome: 'accepted' | 'rejected';
  /** Why it was rejected. */
  readonly reason: string | null;
  /** One per reward of the input, 1 or 0 where it has a threshold; neither weighted nor gated. Null: unscored. */
  readonly scores: readonly (number | null)[];
  readonly sourceCharacters: number;
  /** Of the text after the opener; 0 when it was rejected. */
  readonly characters: number;
}
export interface ScoreAnswer {
  readonly samples: readonly SampleScores[];
}

/** A worker says that every held-out answer of a step has its scores, and waits until they are written down; step 0 is before training. */
export const EvaluatedRequest = z.object({ step: z.int() });

const number = z.number().nullable();

export const StepMetrics = z.object({
  loss: number,
  gradientNorm: number,
  learningRate: number,
  kl: number,
  total: number,
  totalSpread: number,
  zeroVarianceShare: number,
  unscoredShare: number,
  rejectedShare: number,
  cutOffShare: number,
  lengthRatio: number,
  entropy: number,
  promptTokens: number,
  completionTokens: number,
  seconds: number,
  generateSeconds: number,
  callbackSeconds: number,
  resampledGroups: number,
  rewards: z.record(
    z.string(),
    z.object({ mean: number, spread: number, unscoredShare: number, zeroVarianceShare: number }),
  ),
});
export type StepMetrics = z.infer<typeof StepMetrics>;

/** What a trainer group tells while it trains. */
export const TrainEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('data'),
    rows: z.int(),
    documents: z.int(),
    /** Prompts too long for the model's window: the first 20 of them. */
    leftOut: z.array(z.object({ documentId: z.string(), passage: z.int(), tokens: z.int() })),
    leftOutCount: z.int(),
    longestPromptTokens: z.int(),
    /** Of the token ids of the prompt of row `promptRow`, as JSON without spaces: `recycle` must ask the same. */
    promptSha256: z.string(),
    promptRow: z.int(),
    heldOutRows: z.int(),
    heldOutLeftOut: z.int(),
  }),
  z.object({ type: z.literal('resumed'), step: z.int() }),
  z.object({
    type: z.literal('started'),
    parameters: z.number(),
    device: z.string(),
    precision: z.string(),
    /** Reason for device and precision. */
    why: z.string(),
  }),
  z.object({ type: z.literal('step'), step: z.int(), steps: z.int(), metrics: StepMetrics }),
  z.object({
    type: z.literal('rollouts'),
    step: z.int(),
    rollouts: z.array(
      z.object({
        position: z.int(),
        row: z.int(),
        sample: z.int(),
        total: number,
        advantage: z.number(),
        masked: z.boolean(),
      }),
    ),
  }),
  z.object({ type: z.literal('checkpoint'), step: z.int() }),
  z.object({ type: z.literal('alarm'), step: z.int(), reward: z.string(), what: z.string() }),
  z.object({ type: z.literal('finished'), steps: z.int() }),
]);
export type TrainEvent = z.infer<typeof TrainEvent>;
