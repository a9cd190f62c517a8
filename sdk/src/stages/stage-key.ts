import { hash } from 'node:crypto';
import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import type { FilterStage, RephraserEntry, RouteEntry } from '../recipe/recipe-schema.ts';
import { type TrainStage, trainStagesOf } from '../recipe/train-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { BoundRoute } from '../rephrasers/route-document.ts';
import type { BoundReward } from '../rewards/bind-reward.ts';
import type { Session } from '../session/open-session.ts';
import type { StageName } from '../session/session-event.ts';
import { documentsHeldOut, documentsOfRecipe, documentsToRead } from '../training/documents-of-recipe.ts';
import { decisionsOf } from '../training/profiles.ts';
import { hashPairs } from './read-pairs.ts';

/**
 * What decides the output of `recycle`; its sha256 is the stage key. Where dataset and models lie is not part of it, the
 * models' revisions are.
 */
export async function recycleKey(session: Session, limit: number | undefined): Promise<string> {
  const { dataset, rephraser, recipe } = session;
  const used = entriesOf(recipe.rephraser).flatMap(endpointsOf);
  return keyOf({
    stage: 'recycle',
    dataset: dataset && { name: dataset.name, config: dataset.config },
    rephraser: rephraser && describeRephraser(rephraser),
    onRejected: recipe.onRejected,
    seed: recipe.seed,
    limit: limit ?? null,
    // Left out where it is the default: runs that were begun before there was another go on.
    ...(recipe.recycle?.output === 'parquet' && { output: 'parquet' }),
    models: await revisionsOf(session, used),
    thinking: Object.fromEntries(used.map((name) => [name, recipe.models[name]?.thinking])),
  });
}

/** What decides the scores of a text: the rewards without weights, thresholds and gates, which apply on reading. */
export async function scoreKey(session: Session): Promise<string> {
  const { rewards, recipe } = session;
  const models = await revisionsOf(session, recipe.rewards.flatMap(endpointsOf));
  return keyOf({ stage: 'score', rewards: rewards.map(describeReward), models });
}

/**
 * What decides the weights of each training of a recipe, in their order: the data, the rewards with everything that
 * weighs them, the model that it begins with. Not the machine, the guards or how a checkpoint is chosen: those may change
 * while it is under way.
 */
export async function trainKeys(session: Session, limit: number | undefined): Promise<readonly TrainKeys[]> {
  const { dataset, rephraser, recipe, rewards } = session;
  const used = entriesOf(recipe.rephraser).flatMap(endpointsOf);
  const common = {
    stage: 'train',
    dataset: dataset && { name: dataset.name, config: dataset.config },
    rephraser: rephraser && describeRephraser(rephraser),
    rewards: rewards.map((reward) => {
      const { weight, threshold = null, onlyIf = null } = reward;
      return { ...(describeReward(reward) as object), weight, threshold, onlyIf };
    }),
    seed: recipe.seed,
    limit: limit ?? null,
    models: await revisionsOf(session, [...used, ...recipe.rewards.flatMap(endpointsOf)]),
    thinking: Object.fromEntries(used.map((name) => [name, recipe.models[name]?.thinking])),
  };
  const keys: TrainKeys[] = [];
  const stages = trainStagesOf(recipe);
  const documents = documentsOfRecipe(stages);
  for (const stage of stages) {
    const isOwn = documents.heldOut === documentsHeldOut(stage) && documents.read === documentsToRead(stage);
    const key = keyOf({
      ...common,
      settings: await decidingSettings(stage),
      before: keys.at(-1) ?? null,
      // What another training of the recipe is measured on was not taught either.
      ...(!isOwn && { documents }),
    });
    const floors = stage.evaluation === 'none' ? undefined : stage.evaluation.floors;
    keys.push({ key, choiceKey: keyOf([decisionsOf(stage).choice, floors ?? null]) });
  }
  return keys;
}

export interface TrainKeys {
  readonly key: string;
  /** Of how the checkpoint is chosen; choosing again costs nothing. */
  readonly choiceKey: string;
}

async function decidingSettings(stage: TrainStage): Promise<unknown> {
  const {
    when: _when,
    guards: _guards,
    reportTo: _where,
    callbackTimeout: _wait,
    checkpointsForResume: _kept,
    checkpointEvery: _saved,
    ...settings
  } = stage;
  const { parallel, precision, lora } = stage.hardware;
  // Which documents are held out decides which are trained on; how often and how they are asked does not.
  const heldOut = stage.evaluation === 'none' ? 0 : stage.evaluation.documents;
  return {
    ...settings,
    profile: undefined,
    keepGroups: undefined,
    decisions: { ...decisionsOf(stage), choice: undefined },
    hardware: { parallel, precision, lora },
    evaluation: undefined,
    heldOut,
    ...(stage.algorithm === 'sft' && {
      pairs: { ...stage.pairs, path: undefined, run: undefined, content: await hashPairs(stage.pairs) },
    }),
  };
}

/** What decides which records are kept, beside their scores. Weights, thresholds and gates are part of it for `total` alone. */
export function filterKey({ by, keep, rephrasedShare }: FilterStage, rewards: readonly BoundReward[]): string {
  const weighting = rewards.map(({ name, weight, threshold, onlyIf }) => ({ name, weight, threshold, onlyIf }));
  return keyOf({
    stage: 'filter',
    by,
    keep,
    rephrasedShare: rephrasedShare ?? null,
    weighting: by === 'total' ? weighting : null,
  });
}

/** Versions of everything whose code shapes the output of a stage: packages, and files of one's own by their content. */
export function versionsOf(session: Session, stage: StageName): Readonly<Record<string, string>> {
  const files = filesOf(session, stage).map(({ name, sha256 }) => [name, `sha256:${sha256.slice(0, 16)}`]);
  return { ...session.versions, ...Object.fromEntries(files) };
}

/** What unfinished work is kept under: a file of one's own that is edited between two calls gives other results. */
export function logKey(session: Session, stage: StageName, stageKey: string): string {
  const files = filesOf(session, stage);
  return files.length === 0 ? stageKey : keyOf({ stageKey, files });
}

function filesOf({ pluginFiles }: Session, stage: StageName): Session['pluginFiles'] {
  // A training is shaped by all of them.
  return stage === 'train' ? pluginFiles : pluginFiles.filter((file) => file.stage === stage);
}

/** The bound rephraser of a session, or a clear word that there is none. */
export function requireRephraser({ rephraser }: Session, stage: string): BoundRephraser | BoundRoute {
  if (rephraser === undefined) {
    throw new InputMissingError({
      stage,
      missing: 'a rephraser',
      hint: 'Add `rephraser: { use: ... }` to the recipe.',
    });
  }
  return rephraser;
}

function describeRephraser(rephraser: BoundRephraser | BoundRoute): unknown {
  return 'by' in rephraser
    ? {
        by: describeReward(rephraser.by),
        cases: rephraser.cases.map(({ below, to }) => ({
          below,
          to: typeof to === 'string' ? to : describeRephraser(to),
        })),
      }
    : { name: rephraser.name, config: rephraser.config, sampling: rephraser.sampling };
}

function describeReward({ name, plugin, config, share }: BoundReward): unknown {
  return { name, plugin: plugin.name, config, share };
}

/** The plugin entries behind `rephraser:`. */
function entriesOf(rephraser: Session['recipe']['rephraser']): readonly ModelEntry[] {
  if (rephraser === undefined) {
    return [];
  }
  if (!('route' in rephraser)) {
    return [rephraser as ModelEntry];
  }
  const { by, cases } = (rephraser as RouteEntry).route;
  return [by, ...cases.flatMap(({ to }) => to ?? [])];
}

type ModelEntry = Pick<RephraserEntry, 'model' | 'models'>;

function endpointsOf({ model, models = {} }: ModelEntry): readonly string[] {
  return [...(model === undefined ? [] : [model]), ...Object.values(models)];
}

async function revisionsOf({ models }: Session, names: readonly string[]): Promise<Record<string, string>> {
  const revisions = names.map(async (name) => [name, (await models.reference(name)).revision] as const);
  return Object.fromEntries(await Promise.all(revisions));
}

function keyOf(value: unknown): string {
  return hash('sha256', stringifyJson(sorted(value) as JsonWritable));
}

/** The same key for the same content, whatever the order in which it was written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
