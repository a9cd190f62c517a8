import { z } from 'zod';
import { stringifyJson } from '../contract/json-text.ts';
import { DamagedRunError } from '../errors/damaged-run.ts';
import type { Store } from '../run/store.ts';

const WrittenFile = z.object({ name: z.string(), bytes: z.int(), sha256: z.string() });
export type WrittenFile = z.infer<typeof WrittenFile>;

const Interval = z.object({ mean: z.number(), low: z.number(), high: z.number(), count: z.int() });

const EvaluationSide = z.object({
  answers: z.int(),
  total: Interval.optional(),
  totalAccepted: z.number().optional(),
  rewards: z.record(
    z.string(),
    z.object({ mean: Interval.optional(), meanAccepted: z.number().optional(), unscored: z.int() }),
  ),
  acceptedShare: z.number(),
  cutOffShare: z.number(),
  lengthRatio: z.number().optional(),
});

/** `train/<algorithm>/phase.json`: what the files beside it belong to; written first. */
const Phase = z.object({
  format: z.literal(1),
  key: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Shards whose documents were read. */
  input: z.array(z.object({ shard: z.string(), version: z.string(), sha256: z.string() })),
  /** Passages to train on and to measure on. */
  data: z.object({
    rows: z.int(),
    documents: z.int(),
    heldOutDocuments: z.int(),
    unusableRecords: z.int(),
    files: z.array(WrittenFile),
  }),
});
export type Phase = z.infer<typeof Phase>;

/** One passage's prompt and the sha256 of the token ids that the trainer read it as. */
const TrainedPrompt = z.object({ row: z.int(), sha256: z.string() });

/** `train/<algorithm>/trained.json`: every step is done. */
const Trained = z.object({ steps: z.int(), prompt: TrainedPrompt });
export type Trained = z.infer<typeof Trained>;

/** `train/<algorithm>/result.json`: written last; a training without it is not done. */
export const TrainResult = z.object({
  format: z.literal(1),
  key: z.string(),
  /** What the choice depends on beside the training itself. */
  choiceKey: z.string(),
  versions: z.record(z.string(), z.string()),
  algorithm: z.enum(['grpo', 'sft']),
  steps: z.int(),
  chosen: z.object({ step: z.int(), why: z.string(), isShownBetter: z.boolean().nullable() }),
  floors: z.record(z.string(), z.number()),
  /** What else the choice was made by, so that it can be made again. */
  decided: z
    .object({
      rule: z.int(),
      by: z.enum(['held-out', 'last']),
      seed: z.int(),
      rewards: z.array(
        z.object({
          name: z.string(),
          weight: z.number(),
          threshold: z.number().optional(),
          onlyIf: z.string().optional(),
        }),
      ),
    })
    .optional(),
  /** By step; 0 is before training. */
  evaluations: z.array(
    z.object({
      step: z.int(),
      sample: EvaluationSide,
      greedy: EvaluationSide.optional(),
      gain: Interval.optional(),
      below: z.array(z.string()),
      hasCheckpoint: z.boolean(),
    }),
  ),
  prompt: TrainedPrompt,
  files: z.array(WrittenFile),
  finishedAt: z.string(),
});
export type TrainResult = z.infer<typeof TrainResult>;

/** `train/model.json`: which checkpoint `train/model/` is; written after it. */
const HandedOver = z.object({
  format: z.literal(1),
  algorithm: z.enum(['grpo', 'sft']),
  key: z.string(),
  choiceKey: z.string(),
  step: z.int(),
  prompt: TrainedPrompt,
  files: z.array(WrittenFile),
});
export type HandedOver = z.infer<typeof HandedOver>;

const schemas = { phase: Phase, trained: Trained, result: TrainResult } as const;

/** Where a training of a run keeps its files. */
export const phaseFolder = (algorithm: string) => `train/${algorithm}`;
export const modelFolder = 'train/model';
const handedOverPath = 'train/model.json';

interface PhaseFiles {
  readonly phase: Phase;
  readonly trained: Trained;
  readonly result: TrainResult;
}

export function readPhaseFile<Name extends keyof PhaseFiles>(
  store: Store,
  algorithm: string,
  name: Name,
): Promise<PhaseFiles[Name] | undefined> {
  const schema: z.ZodType<unknown> = schemas[name];
  return readAs(store, `${phaseFolder(algorithm)}/${name}.json`, schema as z.ZodType<PhaseFiles[Name]>);
}

export async function writePhaseFile<Name extends keyof PhaseFiles>(
  store: Store,
  algorithm: string,
  name: Name,
  content: PhaseFiles[Name],
): Promise<void> {
  await store.write(`${phaseFolder(algorithm)}/${name}.json`, textOf(content));
}

export function readHandedOver(store: Store): Promise<HandedOver | undefined> {
  return readAs(store, handedOverPath, HandedOver);
}

export async function writeHandedOver(store: Store, content: HandedOver): Promise<void> {
  await store.write(handedOverPath, textOf(content));
}

export async function removeHandedOver(store: Store): Promise<void> {
  await store.remove(handedOverPath);
}

function textOf(content: object): string {
  return `${JSON.stringify(JSON.parse(stringifyJson(content as never)), null, 2)}\n`;
}

async function readAs<Content>(store: Store, path: string, schema: z.ZodType<Content>): Promise<Content | undefined> {
  const text = (await store.read(path))?.toString();
  if (text === undefined) {
    return undefined;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedRunError({ file: `${store.root}/${path}`, problem: 'is not what was written there', cause });
  }
}
