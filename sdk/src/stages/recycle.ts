import type { Shard } from '../contract/dataset.ts';
import type { Document } from '../contract/rephraser.ts';
import type { BoundDataset } from '../datasets/bind-dataset.ts';
import type { ExistingPart } from '../errors/existing-output.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import { type UnusableShard, unusableShards } from '../errors/unusable-shards.ts';
import { partKey } from '../run/journal.ts';
import type { PartCommit } from '../run/part-commit.ts';
import { publishDecided } from '../run/recover-run.ts';
import type { OutputRecord } from '../run/rows.ts';
import { type RunFolder, viewOfNow } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { acceptExistingParts, type ExistingPolicy } from './accept-existing-parts.ts';
import { acceptExistingPrompts } from './accept-existing-prompts.ts';
import { type Flight, openFlight } from './flight.ts';
import { type KnownIds, openKnownIds } from './known-ids.ts';
import { type RecycleSummary, summarizeRecycle } from './recycle-summary.ts';
import { openRecyclingPart, type RecyclingPart } from './recycling-part.ts';
import { shareParts } from './share-parts.ts';
import { recycleKey, requireRephraser, versionsOf } from './stage-key.ts';
import { checkTrainedPrompt, useTrainedModel } from './use-trained-model.ts';

export interface RecycleOptions {
  /** Only so many records of the dataset, in its order. */
  readonly limit?: number | undefined;
  /** What to do with parts that this call would make differently; without it they are an ExistingOutputError. */
  readonly existing?: ExistingPolicy;
  /** Told of every document as it finishes; what it returns is waited for before more are read. */
  readonly onDocument?: ((finished: FinishedDocument) => Promise<void>) | undefined;
}

/** A document that has been recycled, for a stage that goes along. */
export interface FinishedDocument {
  readonly part: number;
  readonly stageKey: string;
  readonly inputSha256: string;
  readonly line: number;
  readonly original: Document;
  readonly records: readonly OutputRecord[];
}

/** What the parts of one call share. */
export interface RecycleWork {
  readonly session: Session;
  readonly run: RunFolder;
  readonly dataset: BoundDataset;
  readonly stageKey: string;
  readonly ids: KnownIds;
  readonly flight: Flight;
  readonly abortSignal: AbortSignal;
  readonly progress: { done: number; total: number | undefined };
  readonly onDocument: RecycleOptions['onDocument'];
}

/** Passages under way for an endpoint that says nothing of itself, or where no model is asked. */
const defaultPassagesUnderWay = 64;

/**
 * Rephrases every document of the dataset into the run folder and commits it shard by shard. What is committed or logged
 * already is not done again. Every record that is read is written, dropped, failed or quarantined, and counted so. A
 * shard that cannot be used is an error when all others are committed. Other hosts may do the same in the same run: each
 * takes shards that nobody works on, and all end when all shards are done.
 */
export async function recycle(session: Session, options: RecycleOptions = {}): Promise<RecycleSummary> {
  const { summary, fault } = await recycleUsable(session, options);
  if (fault !== undefined) {
    throw fault;
  }
  return summary;
}

/** The same, with the fault of the shards that cannot be used beside the summary of all others. */
export async function recycleUsable(
  given: Session,
  options: RecycleOptions & { readonly alsoDifferent?: readonly ExistingPart[] } = {},
): Promise<{ readonly summary: RecycleSummary; readonly fault: Error | undefined }> {
  const { limit = Number.POSITIVE_INFINITY, existing, alsoDifferent, onDocument } = options;
  requireRephraser(given, 'recycle');
  const { session, trained } = await useTrainedModel(given, { limit: options.limit, existing });
  const { dataset, emit, models } = session;
  const rephraser = requireRephraser(session, 'recycle');
  if (dataset === undefined) {
    const hint = 'Add `dataset: { use: jsonl, path: ... }` to the recipe.';
    throw new InputMissingError({ stage: 'recycle', missing: 'a dataset', hint });
  }
  const run = await session.openRun();
  const failing = new AbortController();
  const abortSignal = AbortSignal.any([session.abortSignal, run.abortSignal, failing.signal]);
  const stageKey = await recycleKey(session, options.limit);
  const shards = await dataset.listShards(abortSignal);
  await run.claimStage('recycle', stageKey);
  await run.registerShards(shards.map(({ name }) => name));
  await publishDecided(run.store, run.journal);
  const seen = viewOfNow(run);
  const standing = await acceptExistingParts(run, {
    seen,
    shards,
    stageKey,
    versions: versionsOf(session, 'recycle'),
    existing,
    alsoDifferent,
    abortSignal,
  });
  const inOrder = inOrderOfParts(shards, run);
  const isDone = isComplete(inOrder, standing, limit);
  if (!isDone && trained !== undefined && existing !== 'keep') {
    await checkTrainedPrompt(session, run, trained);
  }
  const committed = isDone
    ? standing
    : await acceptExistingPrompts(session, run, { seen, committed: standing, existing });
  const ids = await openKnownIds(run, {
    accepted: committed.values(),
    decisions: seen.journal.state.decisions.length,
  });

  emit({ type: 'stage', stage: 'recycle', state: 'started' });
  const progress: RecycleWork['progress'] = { done: 0, total: undefined };
  const open = new Set<AsyncDisposable>();
  const unusable: UnusableShard[] = [];
  let work: RecycleWork | undefined;
  let taken = 0;
  let ending: Promise<void> = Promise.resolve();
  try {
    // A limit counts the records before it, so that shards must then be done in their order.
    await shareParts(session, 'recycle', inOrder, takeShard, {
      abortSignal,
      inOrder: limit < Number.POSITIVE_INFINITY,
    });
    progress.total = taken;
    await ending;
  } catch (error) {
    failing.abort(error);
    await Promise.allSettled([ending, ...[...open].map((part) => part[Symbol.asyncDispose]())]);
    session.abortSignal.throwIfAborted();
    await run.throwIfLost();
    throw error;
  }
  await publishDecided(run.store, run.journal);
  const fault = unusableShards(unusable);
  if (fault === undefined) {
    emit({ type: 'stage', stage: 'recycle', state: 'finished' });
  }
  return { summary: await summarizeRecycle(run, { statistics: await models.statistics() }), fault };

  /** Sees to it that a shard is done or under way here; false while another host works on it. */
  async function takeShard(shard: Shard): Promise<boolean> {
    const part = await run.partNumber(shard.name);
    await run.journal.read();
    if (taken >= limit || countWhenDone(shard, part)) {
      return true;
    }
    await using taking = new AsyncDisposableStack();
    const lease = await run.takePart('recycle', part);
    if (lease === undefined) {
      return false;
    }
    taking.use(lease);
    if (countWhenDone(shard, part)) {
      return true;
    }
    work ??= await startWork();
    const recycling = taking.use(await openRecyclingPart(work, shard, lease));
    const owned = taking.move();
    open.add(owned);
    taken += await recycling.read(limit - taken);
    // At most two parts are open: one being read, one whose last documents are under way.
    await ending;
    ending = finish(recycling, shard, owned);
    ending.catch((error) => failing.abort(error));
    return true;
  }

  /** Counts a part that was there before, or that another host has decided since. */
  function countWhenDone(shard: Shard, part: number): boolean {
    const decision = run.journal.state.standing.get(partKey('recycle', part));
    const isNew = decision !== seen.journal.state.standing.get(partKey('recycle', part));
    const elsewhere = isNew ? decision?.commit : undefined;
    const commit = committed.get(shard.name) ?? elsewhere;
    if (commit === undefined) {
      return false;
    }
    taken += commit.counts.documents.in;
    progress.done += commit.counts.documents.in;
    emit({ type: 'part', stage: 'recycle', part, shard: shard.name, state: 'already-done' });
    return true;
  }

  async function finish(part: RecyclingPart, shard: Shard, owned: AsyncDisposable): Promise<void> {
    const error = await part.finish();
    if (error !== undefined) {
      unusable.push({ shard: shard.name, error });
    }
    open.delete(owned);
    await owned[Symbol.asyncDispose]();
  }

  async function startWork(): Promise<RecycleWork> {
    const model = 'by' in rephraser ? undefined : rephraser.host.endpoints.get('default');
    const names = model === undefined ? [] : [model];
    const [inFlight = defaultPassagesUnderWay / 2] = await Promise.all(
      names.map(async (name) => (await Promise.all([models.engine(name), models.window(name)]))[0].maxInFlight),
    );
    // Twice what the workers hold, so that they never wait for the host to cut the next page.
    const flight = openFlight(2 * inFlight);
    return { session, run, dataset: dataset as BoundDataset, stageKey, ids, flight, abortSignal, progress, onDocument };
  }
}

/** Whether nothing is left to do, so that no model has to start. */
function isComplete(shards: readonly Shard[], committed: ReadonlyMap<string, PartCommit>, limit: number): boolean {
  let taken = 0;
  return shards.every(({ name }) => {
    const enough = taken >= limit;
    taken += committed.get(name)?.counts.documents.in ?? 0;
    return enough || committed.has(name);
  });
}

/** Shards that the run knows come first, so that one added later takes no id or place from them. */
function inOrderOfParts(shards: readonly Shard[], run: RunFolder): readonly Shard[] {
  const parts = new Map(run.shards.map((name, part) => [name, part]));
  const partOf = ({ name }: Shard) => parts.get(name) ?? Number.MAX_SAFE_INTEGER;
  return shards.toSorted((one, other) => partOf(one) - partOf(other));
}
