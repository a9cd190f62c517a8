import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { countCharacters } from '../contract/count-characters.ts';
import type { FilterStage } from '../recipe/recipe-schema.ts';
import { openPosixStore } from '../run/posix-store.ts';
import type { Session } from '../session/open-session.ts';
import { plainStages } from '../session/plain-stages.ts';
import type { StageName } from '../session/session-event.ts';
import { readHandedOver } from '../training/train-result.ts';
import { countRecords } from './count-records.ts';
import { findMissing, type Missing } from './find-missing.ts';
import { describeRecycledModel, planTraining, type TrainingPlan } from './plan-training.ts';

/** Records that are read to estimate the rest. */
const sampledRecords = 200;
/** Typical of English under the tokenizers of small models. */
const charactersPerToken = 4.2;

export interface RunPlan {
  /** Absolute path of the run folder. */
  readonly run: string;
  /** What it needs and this machine lacks, as far as that can be seen without starting a worker. */
  readonly missing: readonly Missing[];
  readonly stages: readonly StageName[];
  readonly shards: number;
  /** Estimated from the first records and the files' sizes, where not all were read. */
  readonly documents: number;
  readonly tokens: number;
  readonly estimated: boolean;
  /** Bytes that the run folder will take, about. */
  readonly diskBytes: number;
  readonly freeBytes: number;
  readonly models: Readonly<
    Record<string, { readonly path: string; readonly engine: string; readonly replicas: number }>
  >;
  readonly rewards: readonly {
    readonly name: string;
    readonly weight: number;
    readonly threshold: number | undefined;
    readonly share: number;
  }[];
  readonly filter: FilterStage | undefined;
  readonly training: readonly TrainingPlan[];
  /** Which model `recycle` would ask, where something is trained. */
  readonly recycles: string | undefined;
  /** The same for people. */
  readonly lines: readonly string[];
}

/** What a run would do, after every check that needs no worker. Reads a few records, starts nothing, writes nothing. */
export async function planRun(
  session: Session,
  options: {
    readonly limit?: number | undefined;
    readonly only?: readonly StageName[] | undefined;
  },
): Promise<RunPlan> {
  const { recipe, dataset, rewards, abortSignal } = session;
  const { limit = Number.POSITIVE_INFINITY, only } = options;
  const stages = only ?? plainStages(recipe);
  const shards = (await dataset?.listShards(abortSignal)) ?? [];
  const sample = await readSample(session, Math.min(limit, sampledRecords));
  const whole = sample.complete || sample.records >= limit;
  const counted = whole ? [] : await Promise.all(shards.map(countRecords));
  // Of shards that are no files of lines nothing is known but what was read.
  const estimate = counted.reduce<number>((sum, records) => sum + (records ?? 0), 0);
  const documents = Math.min(limit, Math.max(sample.records, Math.round(estimate)));
  const characters = (sample.characters / Math.max(1, sample.records)) * documents;
  const tokens = Math.round(characters / charactersPerToken);
  // Output compressed about 3 to 1, and the log of the shard in progress beside it.
  const diskBytes = Math.round(characters * 1.4);
  const { bavail, bsize } = await statfs(nearestFolder(session.runFolder));
  const models = Object.fromEntries(
    Object.entries(recipe.models).map(([name, { path, engine, replicas }]) => [name, { path, engine, replicas }]),
  );
  const plan = {
    run: session.runFolder,
    missing: await findMissing(session),
    stages,
    shards: shards.length,
    documents,
    tokens,
    estimated: !whole,
    diskBytes,
    freeBytes: bavail * bsize,
    models,
    rewards: rewards.map(({ name, weight, threshold, share }) => ({ name, weight, threshold, share })),
    filter: stages.includes('filter') ? recipe.filter : undefined,
    training: stages.includes('train') ? await planTraining(session) : [],
    recycles: stages.includes('recycle')
      ? describeRecycledModel(session, stages.includes('train'), await isTrained(session))
      : undefined,
  };
  return { ...plan, lines: describe(plan) };
}

async function isTrained({ runFolder }: Session): Promise<boolean> {
  return (await readHandedOver(openPosixStore(runFolder))) !== undefined;
}

/** The folder, or the first one above it that is there. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

async function readSample({ dataset, abortSignal }: Session, most: number) {
  const sample = { records: 0, characters: 0, complete: true };
  for (const shard of (await dataset?.listShards(abortSignal)) ?? []) {
    for await (const record of dataset?.readShard(shard, abortSignal) ?? []) {
      if (sample.records >= most) {
        return { ...sample, complete: false };
      }
      sample.records += 1;
      if (record.outcome === 'record') {
        sample.characters += countCharacters(record.text);
      }
    }
  }
  return sample;
}

function describe(plan: Omit<RunPlan, 'lines'>): string[] {
  const about = plan.estimated ? 'about ' : '';
  const count = (value: number) => value.toLocaleString('en');
  return [
    `Run folder: ${plan.run}`,
    ...plan.missing.map(({ what, found }) => `Missing: ${what}: ${found}`),
    `Stages: ${plan.stages.join(', ') || 'none'}`,
    `Source: ${count(plan.shards)} shards, ${about}${count(plan.documents)} documents, about ${count(plan.tokens)} tokens`,
    ...Object.entries(plan.models).map(
      ([name, { path, engine, replicas }]) => `Model ${name}: ${path} (${engine}, ${replicas} replicas)`,
    ),
    ...plan.rewards.map(
      ({ name, weight, threshold, share }) =>
        `Reward ${name}: weight ${weight}${threshold === undefined ? '' : `, 1 from ${threshold}`}, ${percent(share)} of the documents`,
    ),
    ...plan.training.flatMap(({ lines }) => lines),
    ...(plan.recycles === undefined ? [] : [plan.recycles]),
    ...(plan.filter ? [describeFilter(plan.filter)] : []),
    `Disk: about ${count(Math.ceil(plan.diskBytes / 2 ** 20))} MiB of ${count(Math.floor(plan.freeBytes / 2 ** 20))} MiB free`,
    'Time: not known before this machine has written some pages; the progress line then says how long the rest takes',
  ];
}

function describeFilter({ by, keep: { atLeast, share }, rephrasedShare }: FilterStage): string {
  const kept =
    share === undefined
      ? `records of at least ${atLeast}`
      : `the best ${percent(share)} of the records, whatever their length`;
  const bound = rephrasedShare && `, only those of which at least ${percent(rephrasedShare.atLeast)} was rephrased`;
  return `Filter by ${by}: keeps ${kept}${bound ?? ''}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
