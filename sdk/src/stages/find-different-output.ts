import { isReproErrorBase } from '@repro/bridge';
import { ExistingOutputError, type ExistingPart } from '../errors/existing-output.ts';
import { trainStagesOf } from '../recipe/train-schema.ts';
import { openPosixStore } from '../run/posix-store.ts';
import { listCommittedParts } from '../run/read-commit.ts';
import { readRunFile } from '../run/run-file.ts';
import { openRunForReading, type RunReader } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import type { StageName } from '../session/session-event.ts';
import { readHandedOver, readPhaseFile } from '../training/train-result.ts';
import type { ExistingPolicy } from './accept-existing-parts.ts';
import { type DifferentTraining, findDifferentTrainings, refuseUnfinished } from './accept-existing-training.ts';
import { findDifferentParts } from './find-different-parts.ts';
import { findDifferentScores } from './find-different-scores.ts';
import { recycleKey, trainKeys, versionsOf } from './stage-key.ts';
import { isAsWanted, useTrainedModel } from './use-trained-model.ts';

/** What a run holds and its stages would make differently, in the words of the stage that comes to it first. */
export interface DifferentOutput extends ExistingPart {
  readonly fate: 'refused' | 'kept' | 'made anew';
}

export interface ExistingOutput {
  readonly different: readonly DifferentOutput[];
  /** Shards that would not be read again. */
  readonly standing: ReadonlySet<string>;
  /** What the run would stop at. */
  readonly fault?: ExistingOutputError;
  /** Why it could not be compared: the key of a stage needs the models that it names. */
  readonly unknown?: string;
}

interface Call {
  readonly stages: readonly StageName[];
  readonly limit: number | undefined;
  readonly existing: ExistingPolicy;
  /** Whether all models that it names are here. */
  readonly isComplete: boolean;
}

const nothing: ExistingOutput = { different: [], standing: new Set() };
const notYet = 'what recycle has made, as the training comes first';

/**
 * Holds the run folder against what a call would make, as its stages do. Writes nothing and starts no worker; how the
 * model reads a prompt only the run can compare.
 */
export async function findDifferentOutput(session: Session, call: Call): Promise<ExistingOutput> {
  if ((await readRunFile(openPosixStore(session.runFolder))) === undefined) {
    return nothing;
  }
  const run = await openRunForReading(session.runFolder);
  if (!call.isComplete) {
    return run.journal.state.entries === 0 ? nothing : { ...nothing, unknown: 'what is missing here has a part in it' };
  }
  try {
    const found = await compare(session, run, call);
    const refused = found.different.filter(({ fate }) => fate === 'refused');
    return refused.length > 0
      ? { ...found, fault: new ExistingOutputError({ run: run.folder, parts: refused.map(partOf) }) }
      : found;
  } catch (error) {
    if (error instanceof ExistingOutputError) {
      return { ...nothing, different: error.parts.map((part) => ({ ...part, fate: 'refused' })), fault: error };
    }
    if (isReproErrorBase(error)) {
      return { ...nothing, unknown: error.message };
    }
    throw error;
  }
}

async function compare(session: Session, run: RunReader, call: Call): Promise<ExistingOutput> {
  const { stages, limit, existing } = call;
  const trains = stages.includes('train');
  const trainings = trains ? await differentTrainings(session, run, limit) : [];
  const differentModels = trainings.map(({ part }) => tell(part, existing));
  if (existing === 'keep') {
    refuseUnfinished(run, trainings);
  } else if (trainings.length > 0) {
    return { ...nothing, different: differentModels, unknown: notYet };
  }
  const scores =
    stages.includes('score') && listCommittedParts(run, 'score').length > 0
      ? (await findDifferentScores(session, run)).map((part) => tell(part, existing, part.commit !== undefined))
      : [];
  if (!stages.includes('recycle') || listCommittedParts(run, 'recycle').length === 0) {
    return { ...nothing, different: [...differentModels, ...scores] };
  }
  const trained = await readHandedOver(run.store);
  const isReady = trained !== undefined && (existing === 'keep' || (await isAsWanted(session, trained, limit)));
  if (trains && !isReady) {
    return { ...nothing, different: [...differentModels, ...scores], unknown: notYet };
  }
  const silent = { ...session, emit: () => undefined };
  const { session: recycling } = await useTrainedModel(silent, { limit, existing, seen: run });
  const { standing, different } = await findDifferentParts(run, {
    shards: (await session.dataset?.listShards(session.abortSignal)) ?? [],
    stageKey: await recycleKey(recycling, limit),
    versions: versionsOf(recycling, 'recycle'),
    abortSignal: session.abortSignal,
  });
  const parts = different.map((part) => tell(part, existing, part.commit !== undefined));
  const kept = parts.filter(({ fate }) => fate === 'kept');
  return {
    different: [...differentModels, ...parts, ...scores],
    standing: new Set([...standing.keys(), ...kept.map(({ shard }) => shard)]),
  };
}

/** What is damaged is made anew even where all else is to be kept. */
function tell(part: ExistingPart, existing: ExistingPolicy, canBeKept = true): DifferentOutput {
  const fate = existing === undefined ? 'refused' : existing === 'keep' && canBeKept ? 'kept' : 'made anew';
  return { ...partOf(part), fate };
}

function partOf({ part, shard, why }: ExistingPart): ExistingPart {
  return { part, shard, why };
}

async function differentTrainings(
  session: Session,
  run: RunReader,
  limit: number | undefined,
): Promise<readonly DifferentTraining[]> {
  const stages = trainStagesOf(session.recipe);
  const phases = await Promise.all(stages.map(({ algorithm }) => readPhaseFile(run.store, algorithm, 'phase')));
  if (phases.every((phase) => phase === undefined)) {
    return [];
  }
  const keys = await trainKeys(session, limit);
  return await findDifferentTrainings(session, run, { stages, keys, abortSignal: session.abortSignal });
}
