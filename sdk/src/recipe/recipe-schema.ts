import { z } from 'zod';
import { durationSeconds } from './duration.ts';
import { Sampling } from './sampling-schema.ts';
import { TrainStages } from './train-schema.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, ".", "_" and "-"');

/** Engines that a recipe may name, and those of them that this release starts. */
const engines = ['transformers', 'vllm'] as const;
export const startableEngines: readonly (typeof engines)[number][] = ['transformers'];

/** Where a model runs; plugins name it by its key. */
const ModelEndpoint = z
  .strictObject({
    /** A folder, `builtin:NAME`, or a hub name. */
    path: z.string().min(1),
    engine: z.enum(engines).default('transformers'),
    /** Processes that hold a copy of the model. */
    replicas: z.int().positive().default(1),
    /** A file with a chat template, instead of the tokenizer's own. */
    chatTemplate: z.string().optional(),
    /** How a reasoning model is asked not to think; the paper uses `soft-off`. */
    thinking: z.enum(['soft-off', 'template-off', 'on']).default('on'),
    dtype: z.enum(['float32', 'bfloat16']).optional(),
    device: z.string().optional(),
    /** Rows that decode at the same time; the engine chooses when absent. */
    maxBatch: z.int().positive().optional(),
    /** Threads of one replica; all cores, shared among replicas, when absent. */
    threads: z.int().positive().optional(),
    /** GPUs of one replica under vllm; 1 when absent. */
    gpus: z.int().positive().optional(),
  })
  .refine(({ engine, gpus }) => gpus === undefined || engine === 'vllm', {
    path: ['gpus'],
    error: 'is a setting of the engine vllm; transformers takes "device"',
  });
export type ModelEndpoint = z.infer<typeof ModelEndpoint>;

// Keys that the host reads from a plugin's entry; the rest is the plugin's own config.
const anyEntry = {
  /** A name (`length`), or in a program the plugin object itself. */
  use: z.custom<string | object>(
    (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    'expected the name of a plugin',
  ),
  /** Name of this entry where one plugin is used twice. */
  as: name.optional(),
  /** Endpoint of the role `default`. */
  model: z.string().optional(),
  /** Endpoints of other roles. */
  models: z.record(z.string(), z.string()).optional(),
};

const DatasetEntry = z.looseObject({ use: anyEntry.use, as: anyEntry.as });

const RephraserEntry = z.looseObject({ ...anyEntry, sampling: Sampling.optional() });

const RewardEntry = z.looseObject({
  ...anyEntry,
  /** Share of this reward in the total. */
  weight: z.number().default(1),
  /** Turns the raw value into 1 (at least this) or 0; `none` keeps the raw value of a reward that has a default. */
  threshold: z.union([z.number(), z.literal('none')]).optional(),
  /** Share of the documents that are scored. */
  share: z.number().gt(0).max(1).default(1),
  /** Limit of one call; the texts of a call that is past it are scored in halves, and the one that it was too long for is unscored. */
  timeout: durationSeconds.optional(),
  /** Entry whose gate must be open for this one to count above 0. */
  onlyIf: z.string().optional(),
});

/** First case that fits decides. A case without a bound always fits. */
const RouteCase = z.strictObject({
  below: z.number().optional(),
  to: RephraserEntry.optional(),
  then: z.enum(['keep', 'drop']).optional(),
});

const Route = z.strictObject({ route: z.strictObject({ by: RewardEntry, cases: z.array(RouteCase).min(1) }) });

/** Keys that the host takes from an entry before the plugin's strict schema sees the rest. */
export const hostKeys = {
  dataset: Object.keys(DatasetEntry.shape),
  rephraser: Object.keys(RephraserEntry.shape),
  reward: Object.keys(RewardEntry.shape),
} as const;

const RecycleStage = z.strictObject({
  /** Whether the rephraser is the one that `train` has made, where there is one, or the endpoint's own model. */
  checkpoint: z.enum(['trained', 'none']).default('trained'),
  /**
   * A shard with a larger share of unusable records, and more than ten of them or nothing else, fails (exit 5) instead
   * of committing.
   */
  maxQuarantinedShare: z.number().min(0).max(1).default(0.1),
  /** Format of the recycled records: compressed lines of JSON, or a table with the metadata as JSON text. */
  output: z.enum(['jsonl.zst', 'parquet']).default('jsonl.zst'),
});
/** What `recycle` does where a recipe says nothing of it. */
export const defaultRecycleStage = RecycleStage.parse({});

/** Which records are kept: those of at least a value, or the best share of all. */
const Keep = z
  .strictObject({ atLeast: z.number().optional(), share: z.number().gt(0).max(1).optional() })
  .refine(
    ({ atLeast, share }) => (atLeast === undefined) !== (share === undefined),
    'expected either "atLeast" or "share"',
  );

const FilterStage = z.strictObject({
  /** A reward, by its raw value, or `total`: the weighted sum with thresholds and gates. */
  by: z.string(),
  keep: Keep,
  /** By characters, of a record: what stayed as it was scores best on faithfulness, so that a filter would prefer it. */
  rephrasedShare: z.strictObject({ atLeast: z.number().min(0).max(1) }).optional(),
});
export type FilterStage = z.infer<typeof FilterStage>;

/** A recipe as a person writes it. Every stage may be left out. */
export const RecipeSchema = z.strictObject({
  version: z.literal(1).default(1),
  /** The run folder is `runs/<name>`. */
  name,
  seed: z.int().default(0),
  plugins: z.array(z.string()).default(['@repro/plugins']),
  models: z.record(name, ModelEndpoint).default({}),
  dataset: DatasetEntry.optional(),
  rephraser: z.union([Route, RephraserEntry]).optional(),
  /** What an unusable answer becomes: asked again (where that can help) at most `retry` times, then this. */
  onRejected: z
    .strictObject({ retry: z.int().min(0).default(1), then: z.enum(['keep-source', 'drop']).default('keep-source') })
    .prefault({}),
  rewards: z.array(RewardEntry).default([]),
  train: TrainStages.optional(),
  recycle: RecycleStage.optional(),
  score: z.strictObject({}).optional(),
  filter: FilterStage.optional(),
});

export type RecipeInput = z.input<typeof RecipeSchema>;
export type ParsedRecipe = z.infer<typeof RecipeSchema>;
export type DatasetEntry = z.infer<typeof DatasetEntry>;
export type RephraserEntry = z.infer<typeof RephraserEntry>;
export type RewardEntry = z.infer<typeof RewardEntry>;
export type RouteEntry = z.infer<typeof Route>;
