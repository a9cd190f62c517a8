import { join } from 'node:path';
import type { ExistingPart } from '../errors/existing-output.ts';
import { TrainedElsewhereError } from '../errors/trained-elsewhere.ts';
import type { TrainStage } from '../recipe/train-schema.ts';
import type { RunFolder, RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { checkpointsFolder, listSteps } from '../training/checkpoint-folders.ts';
import { isHandedOver } from '../training/is-handed-over.ts';
import { stepName } from '../training/step-name.ts';
import {
  type Phase,
  phaseFolder,
  readPhaseFile,
  removeHandedOver,
  type TrainResult,
} from '../training/train-result.ts';
import { type ExistingPolicy, requirePolicy } from './accept-existing-parts.ts';
import { hashShard } from './hash-shard.ts';
import { type TrainKeys, versionsOf } from './stage-key.ts';

export interface AcceptedTraining {
  /** Trainings that this call would do differently and that are to be kept as they are. */
  readonly kept: ReadonlySet<TrainStage['algorithm']>;
}

/**
 * Looks at what is there of each training: one of another recipe, input or version is kept, thrown away or an
 * ExistingOutputError, as the policy says. With one of them go those that began with its model.
 */
export async function acceptExistingTraining(
  session: Session,
  run: RunFolder,
  options: {
    readonly stages: readonly TrainStage[];
    readonly keys: readonly TrainKeys[];
    readonly existing: ExistingPolicy;
    readonly abortSignal: AbortSignal;
  },
): Promise<AcceptedTraining> {
  const { stages, keys, existing, abortSignal } = options;
  // Held while it looks and throws away: another host may be in the middle of this very training.
  await using lease = existing === 'redo' ? await run.takePart('train', 0) : undefined;
  if (existing === 'redo' && lease === undefined) {
    throw new TrainedElsewhereError({ run: run.folder });
  }
  const different = await findDifferentTrainings(session, run, { stages, keys, abortSignal });
  requirePolicy(
    run,
    different.map(({ part }) => part),
    existing,
  );
  if (existing === 'keep') {
    refuseUnfinished(run, different);
    return { kept: new Set(different.map(({ algorithm }) => algorithm)) };
  }
  const [first] = different;
  if (first !== undefined) {
    const from = stages.findIndex(({ algorithm }) => algorithm === first.algorithm);
    await removeHandedOver(run.store);
    for (const { algorithm } of stages.slice(from).toReversed()) {
      // By a rename, so that no half of it is ever taken for the beginning of another training.
      const away = join('_tmp', run.host, `${algorithm}-before`);
      await run.store.move(phaseFolder(algorithm), away);
      await run.store.remove(away);
    }
  }
  return { kept: new Set() };
}

/** Of those that are to be kept. */
export function refuseUnfinished(run: RunReader, different: readonly DifferentTraining[]): void {
  const unfinished = different.filter(({ isDone }) => !isDone);
  const parts = unfinished.map(({ part }) => ({ ...part, why: `${part.why}: what is unfinished cannot be kept` }));
  requirePolicy(run, parts, undefined);
}

/** A training that this call would do differently. */
export interface DifferentTraining {
  readonly part: ExistingPart;
  readonly algorithm: TrainStage['algorithm'];
  readonly isDone: boolean;
}

/** Of what is there of each training those of another recipe, input or version. Touches nothing. */
export async function findDifferentTrainings(
  session: Session,
  run: RunReader,
  options: {
    readonly stages: readonly TrainStage[];
    readonly keys: readonly TrainKeys[];
    readonly abortSignal: AbortSignal;
  },
): Promise<readonly DifferentTraining[]> {
  const { stages, keys, abortSignal } = options;
  const different: DifferentTraining[] = [];
  for (const [index, { algorithm }] of stages.entries()) {
    const phase = await readPhaseFile(run.store, algorithm, 'phase');
    if (phase === undefined) {
      continue;
    }
    const result = await readPhaseFile(run.store, algorithm, 'result');
    const isGone = result !== undefined && !(await isUsable(run, result));
    const why =
      (await differenceOf(session, phase, keys[index] as TrainKeys, abortSignal)) ??
      (isGone ? `its checkpoint of step ${result.chosen.step} is not there any more` : undefined);
    if (why !== undefined) {
      const isDone = result !== undefined && !isGone;
      const steps = await listSteps(run.store, checkpointsFolder(algorithm));
      const state = isDone ? '' : `, and is at step ${steps.at(-1) ?? 0}`;
      different.push({
        part: { part: phaseFolder(algorithm), shard: algorithm, why: `${why}${state}` },
        algorithm,
        isDone,
      });
    }
  }
  return different;
}

/** Its checkpoint is there, or what `recycle` needs of it. */
async function isUsable({ store }: RunReader, result: TrainResult): Promise<boolean> {
  const checkpoint = `${checkpointsFolder(result.algorithm)}/${stepName(result.chosen.step)}`;
  return (await store.list(checkpoint)).length > 0 || (await isHandedOver(store, result));
}

async function differenceOf(
  session: Session,
  phase: Phase,
  { key }: TrainKeys,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  if (phase.key !== key) {
    return 'begun with another recipe, limit or model';
  }
  const shards = new Map((await session.dataset?.listShards(abortSignal))?.map((shard) => [shard.name, shard]));
  for (const { shard: name, version, sha256 } of phase.input) {
    const shard = shards.get(name);
    if (shard === undefined) {
      return `its shard ${name} is not in the dataset any more`;
    }
    if (shard.version !== version && (await hashShard(shard, abortSignal)) !== sha256) {
      return `its shard ${name} has changed`;
    }
  }
  const versions = versionsOf(session, 'train');
  const changed = Object.entries(versions).find(([name, version]) => phase.versions[name] !== version);
  return changed && `begun with ${changed[0]} ${phase.versions[changed[0]] ?? '(absent)'}, now ${changed[1]}`;
}
