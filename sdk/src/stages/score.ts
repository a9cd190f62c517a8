import { isReproErrorBase } from '@repro/bridge';
import type { Document } from '../contract/rephraser.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import { type UnusableShard, unusableShards } from '../errors/unusable-shards.ts';
import { commitPart } from '../run/commit-part.ts';
import { committedRecords, type PartCommit } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import { readPartRecords } from '../run/read-records.ts';
import { publishDecided } from '../run/recover-run.ts';
import type { PartEntry, ScoreRow } from '../run/rows.ts';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { type ExistingPolicy, requirePolicy } from './accept-existing-parts.ts';
import { findDifferentScores } from './find-different-scores.ts';
import { hashShard } from './hash-shard.ts';
import { readCommits } from './recycle-summary.ts';
import { type DocumentScorer, type RecycledDocument, scoreDocuments } from './score-documents.ts';
import { openScoreLog, type ScoreLog } from './score-log.ts';
import { type ScoreSummary, summarizeScores } from './score-summary.ts';
import { shareParts } from './share-parts.ts';
import { logKey, scoreKey, versionsOf } from './stage-key.ts';

/** Documents that are scored in one batch. */
const documentsPerBatch = 16;

export interface ScoreOptions {
  /** What to do with scores that this call would give differently; without it they are an ExistingOutputError. */
  readonly existing?: ExistingPolicy;
}

/**
 * Gives every record that `recycle` has committed its rewards. Weights, thresholds and gates apply on reading, so that
 * changing one costs nothing. A part whose source cannot be read any more is an error when all others are committed.
 * Hosts share the parts as they do in `recycle`.
 */
export async function score(session: Session, { existing }: ScoreOptions = {}): Promise<ScoreSummary> {
  const { emit, rewards, dataset } = session;
  const run = await session.openRun();
  await publishDecided(run.store, run.journal);
  const abortSignal = AbortSignal.any([session.abortSignal, run.abortSignal]);
  const recycled = await readCommits(run, 'recycle');
  if (recycled.length === 0 || dataset === undefined) {
    const hint = 'Run the same command with `--only recycle,score`, or without `--only`.';
    throw new InputMissingError({ stage: 'score', missing: `recycled parts in ${run.folder}`, hint });
  }
  requireRewards(session);
  const stageKey = await scoreKey(session);
  await run.claimStage('score', stageKey);
  const different = await findDifferentScores(session, run);
  requirePolicy(run, different, existing);
  // They stand until new ones take their place. What another host has made since is none of these.
  const toRedo = new Set(existing === 'redo' ? different.map(({ commit }) => commit) : []);
  const scorer = scoreDocuments(rewards);
  const total = recycled.reduce((sum, { counts }) => sum + counts.documents.written, 0);
  const progress = { done: 0, total };
  const unusable: UnusableShard[] = [];

  emit({ type: 'stage', stage: 'score', state: 'started' });
  await shareParts(session, 'score', recycled, takePart, { abortSignal }).catch(async (error: unknown) => {
    await run.throwIfLost();
    throw error;
  });
  const fault = unusableShards(unusable);
  if (fault !== undefined) {
    throw fault;
  }
  emit({ type: 'stage', stage: 'score', state: 'finished' });
  return summarizeScores(run, rewards);

  /** Sees to it that a part has its scores; false while another host makes them. */
  async function takePart(commit: PartCommit): Promise<boolean> {
    const { part, shard } = commit;
    const inputSha256 = committedRecords(commit)?.sha256 ?? '';
    await using lease = await run.takePart('score', part);
    const found = await readCommit(run, 'score', part, { inputSha256 });
    if (found.state === 'committed' && !toRedo.has(found.commit)) {
      progress.done += commit.counts.documents.written;
      emit({ type: 'part', stage: 'score', part, shard, state: 'already-done' });
      return true;
    }
    if (lease === undefined) {
      return false;
    }
    await using log = await openScoreLog(run, part, {
      stageKey: logKey(session, 'score', stageKey),
      recycleKey: commit.stageKey,
      inputSha256: commit.input.sha256,
    });
    try {
      await commitPart(run, 'score', part, {
        shard,
        stageKey,
        input: { version: commit.stageKey, sha256: inputSha256 },
        outputs: ['scores'],
        recordsIn: commit.counts.documents.written,
        versions: versionsOf(session, 'score'),
        entries: () => scorePart({ session, run, commit, log, scorer, progress, abortSignal }),
        replaces: lease.replaces,
      });
    } catch (error) {
      if (!(error instanceof SourceGone)) {
        throw error;
      }
      unusable.push({ shard, error: error.cause });
      return true;
    }
    emit({ type: 'part', stage: 'score', part, shard, state: 'committed' });
    return true;
  }
}

/** A clear word when the recipe has no rewards. */
export function requireRewards({ rewards }: Session): void {
  if (rewards.length === 0) {
    const hint = 'Add `rewards: [{ use: length }]` to the recipe.';
    throw new InputMissingError({ stage: 'score', missing: 'rewards', hint });
  }
}

interface ScoringPart {
  readonly session: Session;
  readonly run: RunFolder;
  readonly commit: PartCommit;
  readonly log: ScoreLog;
  readonly scorer: DocumentScorer;
  readonly progress: { done: number; readonly total: number };
  readonly abortSignal: AbortSignal;
}

/** One entry per written document, in source order; the log is asked first. */
async function* scorePart(work: ScoringPart): AsyncGenerator<PartEntry> {
  const { log, scorer, progress, session, abortSignal } = work;
  let batch: { readonly document: RecycledDocument; readonly known: readonly ScoreRow[] | undefined }[] = [];

  async function scoreBatch(): Promise<readonly PartEntry[]> {
    abortSignal.throwIfAborted();
    const fresh = batch.filter(({ known }) => known === undefined).map(({ document }) => document);
    const scored = await scorer(fresh, { abortSignal });
    for (const [index, { line, records }] of fresh.entries()) {
      await log.keep(line, records, scored[index] ?? []);
    }
    const freshRows = new Map(fresh.map((document, index) => [document, scored[index]]));
    const entries = batch.map(({ document, known }) => ({ scores: known ?? freshRows.get(document) ?? [] }));
    progress.done += batch.length;
    session.emit({ type: 'progress', stage: 'score', done: progress.done, total: progress.total });
    batch = [];
    return entries;
  }

  for await (const document of readPairs(work)) {
    batch.push({ document, known: await log.find(document.line, document.records) });
    if (batch.length >= documentsPerBatch) {
      yield* await scoreBatch();
    }
  }
  yield* await scoreBatch();
}

/** Every written document of a part beside its source, which is read in step. */
async function* readPairs({ session, run, commit, abortSignal }: ScoringPart): AsyncGenerator<RecycledDocument> {
  await using originals = await blamingSource(() => readOriginals(session, commit, abortSignal), abortSignal);
  const originalAt = (line: number) => blamingSource(() => originals.at(line), abortSignal);
  let current: { line: number; records: RecycledDocument['records'][number][] } | undefined;
  for await (const record of readPartRecords(run, commit)) {
    const { line } = record.source;
    if (current !== undefined && current.line !== line) {
      yield { ...current, original: await originalAt(current.line) };
      current = undefined;
    }
    current ??= { line, records: [] };
    current.records.push(record);
  }
  if (current !== undefined) {
    yield { ...current, original: await originalAt(current.line) };
  }
}

/** The source of a part is not what it was when it was recycled, or cannot be read: no fault of any other part. */
class SourceGone extends Error {
  declare readonly cause: Error;
}

async function blamingSource<Value>(read: () => Promise<Value>, abortSignal: AbortSignal): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    abortSignal.throwIfAborted();
    // Other ones of ours are about the machine or the plugin, and would come again with every shard.
    if (!(error instanceof Error) || (isReproErrorBase(error) && !(error instanceof InputMissingError))) {
      throw error;
    }
    throw new SourceGone(error.message, { cause: error });
  }
}

/** The source documents of a part by line, which must be asked for in ascending order. */
async function readOriginals(session: Session, commit: PartCommit, abortSignal: AbortSignal) {
  const shards = (await session.dataset?.listShards(abortSignal)) ?? [];
  const shard = shards.find(({ name }) => name === commit.shard);
  if (shard === undefined) {
    const missing = `the source ${commit.shard} of ${commit.stage} part ${commit.part}`;
    throw new InputMissingError({
      stage: 'score',
      missing,
      hint: 'Put the file back, or run recycle again with --redo.',
    });
  }
  if (shard.version !== commit.input.version && (await hashShard(shard, abortSignal)) !== commit.input.sha256) {
    const missing = `${commit.shard} as it was when it was recycled; it has changed since`;
    throw new InputMissingError({ stage: 'score', missing, hint: 'Run recycle again with --redo.' });
  }
  const records = session.dataset?.readShard(shard, abortSignal)[Symbol.asyncIterator]();
  return {
    async [Symbol.asyncDispose]() {
      await records?.return?.();
    },
    async at(line: number): Promise<Document> {
      for (;;) {
        const next = await records?.next();
        if (next === undefined || next.done) {
          const missing = `line ${line} of ${commit.shard}, which has become shorter`;
          throw new InputMissingError({ stage: 'score', missing, hint: 'Run recycle again with --redo.' });
        }
        if (next.value.line === line && next.value.outcome === 'record') {
          const { id, text, metadata } = next.value;
          return { id: id ?? `${commit.shard}:${line}`, text, metadata };
        }
      }
    },
  };
}
