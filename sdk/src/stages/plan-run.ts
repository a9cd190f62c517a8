import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FilterStage } from '../recipe/recipe-schema.ts';
import { openPosixStore } from '../run/posix-store.ts';
import type { Session } from '../session/open-session.ts';
import { plainStages } from '../session/plain-stages.ts';
import type { StageName } from '../session/session-event.ts';
import { readHandedOver } from '../training/train-result.ts';
import type { ExistingPolicy } from './accept-existing-parts.ts';
import { type BadRecords, tooManyBadRecords } from './bad-records.ts';
import { countRecords } from './count-records.ts';
import { type DifferentOutput, findDifferentOutput } from './find-different-output.ts';
import { findMissing, type Missing } from './find-missing.ts';
import { describeRecycledModel, planTraining, type TrainingPlan } from './plan-training.ts';
import { readSample } from './read-sample.ts';

/** So many parts are named that would be made differently. */
const shownParts = 10;
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
  /** What lies in the run folder and would be made differently; without a word what to do with it, the run stops there. */
  readonly different: readonly DifferentOutput[];
  /** Of the first records those that cannot be used. */
  readonly unusable: BadRecords | undefined;
  /** What the run would stop at, as far as that can be seen: the error that it would throw. */
  readonly fault: Error | undefined;
  /** The same for people. */
  readonly lines: readonly string[];
}

/**
 * What a run would do, after every check that needs no worker. Reads a few records and writes nothing into the run folder;
 * where that has parts, the models of the recipe are looked up and may be fetched, as their revisions are compared.
 */
export async function planRun(
  session: Session,
  options: {
    readonly limit?: number | undefined;
    readonly only?: readonly StageName[] | undefined;
    /** What the run is to do with parts that it would make differently. */
    readonly existing?: ExistingPolicy;
  },
): Promise<RunPlan> {
  const { recipe, dataset, rewards, abortSignal } = session;
  const { limit = Number.POSITIVE_INFINITY, only, existing } = options;
  const stages = only ?? plainStages(recipe);
  const shards = (await dataset?.listShards(abortSignal)) ?? [];
  const sample = await readSample(session, limit);
  const counted = sample.isComplete ? [] : await Promise.all(shards.map(countRecords));
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
  const missing = await findMissing(session);
  const call = { stages, limit: options.limit, existing, isComplete: missing.length === 0 };
  const { different, standing, unknown, fault } = await findDifferentOutput(session, call);
  const { first } = sample;
  const unusable =
    first && first.bad > 0 && stages.includes('recycle') && !standing.has(first.shard) ? first : undefined;
  const plan = {
    run: session.runFolder,
    missing,
    stages,
    shards: shards.length,
    documents,
    tokens,
    estimated: !sample.isComplete,
    diskBytes,
    freeBytes: bavail * bsize,
    models,
    rewards: rewards.map(({ name, weight, threshold, share }) => ({ name, weight, threshold, share })),
    filter: stages.includes('filter') ? recipe.filter : undefined,
    training: stages.includes('train') ? await planTraining(session) : [],
    recycles: stages.includes('recycle')
      ? describeRecycledModel(session, stages.includes('train'), await isTrained(session))
      : undefined,
    different,
    unusable,
    fault: fault ?? (unusable && faultOf(session, unusable)),
  };
  return { ...plan, lines: describe(plan, unknown) };
}

async function isTrained({ runFolder }: Session): Promise<boolean> {
  return (await readHandedOver(openPosixStore(runFolder))) !== undefined;
}

/** The folder, or the first one above it that is there. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

/** Of a shard of which more is to come nobody knows what share of it is bad. */
function faultOf(session: Session, found: BadRecords): Error | undefined {
  return found.isWhole ? tooManyBadRecords(session, found) : undefined;
}

function describe(plan: Omit<RunPlan, 'lines'>, unknown: string | undefined): string[] {
  const about = plan.estimated ? 'about ' : '';
  const count = (value: number) => value.toLocaleString('en');
  return [
    `Run folder: ${plan.run}`,
    ...plan.missing.map(({ what, found }) => `Missing: ${what}: ${found}`),
    `Stages: ${plan.stages.join(', ') || 'none'}`,
    ...describeDifferent(plan.different),
    ...(unknown === undefined ? [] : [`Not compared with what lies in the run folder: ${unknown}`]),
    `Source: ${count(plan.shards)} shards, ${about}${count(plan.documents)} documents, about ${count(plan.tokens)} tokens`,
    ...(plan.unusable === undefined ? [] : [describeUnusable(plan.unusable)]),
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

const words = { refused: 'Refused', kept: 'Kept as it is', 'made anew': 'Made anew' } as const;

function describeDifferent(different: readonly DifferentOutput[]): readonly string[] {
  const more = different.length - shownParts;
  return [
    ...different.slice(0, shownParts).map(({ part, shard, why, fate }) => `${words[fate]}: ${part} (${shard}): ${why}`),
    ...(more > 0 ? [`And ${more} more`] : []),
  ];
}

function describeUnusable({ shard, records, bad, first, isWhole }: BadRecords): string {
  return `Unusable: ${bad} of the ${isWhole ? '' : 'first '}${records} records of ${shard}; the first: ${first}`;
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
