import { hash } from 'node:crypto';
import { parseJson, stringifyJson } from '../contract/json-text.ts';
import type { RewardScore } from '../contract/reward.ts';
import { ConservationError } from '../errors/conservation.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import type { FilterStage } from '../recipe/recipe-schema.ts';
import { combineScores } from '../rewards/combine-scores.ts';
import { commitPart } from '../run/commit-part.ts';
import { committedFile, committedRecords, type PartCommit, partName } from '../run/part-commit.ts';
import { readCommit } from '../run/read-commit.ts';
import { readPartLines } from '../run/read-records.ts';
import { publishDecided } from '../run/recover-run.ts';
import type { FilterRow, OutputRecord, PartEntry } from '../run/rows.ts';
import type { RunFolder } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import type { ExistingPolicy } from './accept-existing-parts.ts';
import { type FilterCut, findShareCut, isKept } from './filter-cut.ts';
import { type FilterSummary, summarizeFilter } from './filter-summary.ts';
import { inStep } from './in-step.ts';
import { readCommits } from './recycle-summary.ts';
import { readRecordScores } from './score-summary.ts';
import { shareParts } from './share-parts.ts';
import { filterKey, scoreKey } from './stage-key.ts';

const recordsPerProgress = 1000;

export interface FilterOptions {
  /** `keep`: scores that the rewards as they are now would give differently are good enough. */
  readonly existing?: ExistingPolicy;
}

/** A part of `recycle` with its scores. */
interface ScoredPart {
  readonly records: PartCommit;
  readonly scores: PartCommit;
}

/**
 * Copies the records that are good enough, each as its line stands, and writes down what it decided about every one. A
 * share is taken of all records of the run, unscored ones included; those are never kept, nor are those of which less was
 * rephrased than the recipe asks for. A part whose decision could differ (other scores, another cut) is made anew.
 */
export async function filter(session: Session, { existing }: FilterOptions = {}): Promise<FilterSummary> {
  const { emit } = session;
  const stage = requireFilter(session);
  const run = await session.openRun();
  const abortSignal = AbortSignal.any([session.abortSignal, run.abortSignal]);
  await publishDecided(run.store, run.journal);
  const parts = await findScoredParts(session, run, existing);

  emit({ type: 'stage', stage: 'filter', state: 'started' });
  const total = parts.reduce((sum, { records }) => sum + records.counts.records, 0);
  const cut = await findCut({ session, run, stage, abortSignal }, parts, total);
  const stageKey = filterKey(stage, session.rewards);
  const progress = { done: 0, total };
  // Hosts that see other parts or scores would cut elsewhere.
  await run.claimStage('filter', `${stageKey} ${stringifyJson([cut?.value ?? null, cut?.lastId ?? null])}`);
  await shareParts(session, 'filter', parts, takePart, { abortSignal });
  emit({ type: 'stage', stage: 'filter', state: 'finished' });
  return summarizeFilter(run, stage, cut);

  /** Sees to it that a part is filtered; false while another host does it. */
  async function takePart(scored: ScoredPart): Promise<boolean> {
    const { part, shard, stageKey: version, counts } = scored.records;
    const sha256 = hashInput(scored, cut);
    await using lease = await run.takePart('filter', part);
    const found = await readCommit(run, 'filter', part, { stageKey, inputSha256: sha256 });
    if (found.state === 'committed') {
      progress.done += counts.records;
      emit({ type: 'part', stage: 'filter', part, shard, state: 'already-done' });
      return true;
    }
    if (lease === undefined) {
      return false;
    }
    await commitPart(run, 'filter', part, {
      shard,
      stageKey,
      input: { version, sha256 },
      outputs: [committedFile(scored.records, 'record_rows') ? 'record_rows' : 'records', 'filter'],
      recordsIn: counts.records,
      versions: session.versions,
      entries: () => filterPart({ session, run, stage, abortSignal }, scored, { cut, progress }),
      replaces: lease.replaces,
    });
    emit({ type: 'part', stage: 'filter', part, shard, state: 'committed' });
    return true;
  }
}

interface Filtering {
  readonly session: Session;
  readonly run: RunFolder;
  readonly stage: FilterStage;
  readonly abortSignal: AbortSignal;
}

function requireFilter({ recipe }: Session): FilterStage {
  if (recipe.filter === undefined) {
    const hint = 'Add `filter: { by: total, keep: { share: 0.1 } }` to the recipe.';
    throw new InputMissingError({ stage: 'filter', missing: 'to know what to keep', hint });
  }
  return recipe.filter;
}

/** Every committed part of `recycle` with the scores that the recipe's rewards give it, now or when it was scored. */
async function findScoredParts(
  session: Session,
  run: RunFolder,
  existing: ExistingPolicy,
): Promise<readonly ScoredPart[]> {
  const recycled = await readCommits(run, 'recycle');
  if (recycled.length === 0) {
    const hint = 'Run the same command with `--only recycle,score,filter`, or without `--only`.';
    throw new InputMissingError({ stage: 'filter', missing: `recycled parts in ${run.folder}`, hint });
  }
  const stageKey = await scoreKey(session);
  const states = recycled.map(async (records) => {
    const inputSha256 = committedRecords(records)?.sha256 ?? '';
    const found = await readCommit(run, 'score', records.part, {
      inputSha256,
      ...(existing !== 'keep' && { stageKey }),
    });
    return found.state === 'committed' ? [{ records, scores: found.commit }] : [];
  });
  const scored = (await Promise.all(states)).flat();
  if (scored.length < recycled.length) {
    const missing = `the scores of these rewards for ${recycled.length - scored.length} of ${recycled.length} parts in ${run.folder}`;
    const hint = 'Run the same command with `--only score,filter`; what is scored already is not scored again.';
    throw new InputMissingError({ stage: 'filter', missing, hint });
  }
  return scored;
}

async function findCut(
  filtering: Filtering,
  parts: readonly ScoredPart[],
  total: number,
): Promise<FilterCut | undefined> {
  const { run, stage } = filtering;
  const { atLeast, share = 0 } = stage.keep;
  if (atLeast !== undefined) {
    return { value: atLeast };
  }
  await using database = await run.store.stage('filter.duckdb');
  return await findShareCut(rankedValues(filtering, parts), Math.round(share * total), database.localPath);
}

/** Of the records that may be kept. Only a bound on what was rephrased needs the records themselves. */
async function* rankedValues(
  filtering: Filtering,
  parts: readonly ScoredPart[],
): AsyncGenerator<{ readonly id: string; readonly value: number }> {
  const { rephrasedShare } = filtering.stage;
  for (const part of parts) {
    const values = rephrasedShare === undefined ? readValues(filtering, part) : readRephrased(filtering, part);
    for await (const { recordId, score } of values) {
      if (score.outcome === 'scored') {
        yield { id: recordId, value: score.value };
      }
    }
  }
}

/** Of a record that the reward did not see: scores that were kept may be those of other rewards. */
const notScored: RewardScore = { outcome: 'unscored', reason: 'not scored' };

/** What each record of a part is filtered by: a raw value, or the total as the recipe weighs it now. */
async function* readValues(
  { session, run, stage, abortSignal }: Filtering,
  { scores }: ScoredPart,
): AsyncGenerator<{ readonly recordId: string; readonly score: RewardScore }> {
  for await (const byReward of readRecordScores(run, scores)) {
    abortSignal.throwIfAborted();
    const total = stage.by === 'total' ? combineScores(session.rewards, Object.fromEntries(byReward)) : undefined;
    const score = total ?? byReward.get(stage.by) ?? notScored;
    yield { recordId: byReward.recordId, score };
  }
}

interface ScoredRecord {
  readonly recordId: string;
  /** As it stands in its part. */
  readonly line: string;
  readonly record: OutputRecord;
  readonly score: RewardScore;
}

/** Every record of a part with what it is filtered by, in source order. */
async function* readScored(filtering: Filtering, scored: ScoredPart): AsyncGenerator<ScoredRecord> {
  await using values = readValues(filtering, scored);
  const decided = inStep(values, ({ recordId }) => recordId);
  for await (const line of readPartLines(filtering.run, scored.records)) {
    const record = parseJson(line) as OutputRecord;
    const { score = notScored } = (await decided.at(record.id)) ?? {};
    yield { recordId: record.id, line, record, score };
  }
  if (await decided.isLeft()) {
    const part = `filter/${partName(scored.records.part)}`;
    throw new ConservationError({ part, problems: ['its scores are not in the order of its records'] });
  }
}

/** Of these the records of which enough was rephrased. */
async function* readRephrased(filtering: Filtering, scored: ScoredPart): AsyncGenerator<ScoredRecord> {
  for await (const read of readScored(filtering, scored)) {
    if (!isTooLittle(filtering.stage, read.record)) {
      yield read;
    }
  }
}

/** One entry per record, in source order. */
async function* filterPart(
  filtering: Filtering,
  scored: ScoredPart,
  {
    cut,
    progress,
  }: { readonly cut: FilterCut | undefined; readonly progress: { done: number; readonly total: number } },
): AsyncGenerator<PartEntry> {
  const { session, stage } = filtering;
  const tell = () => session.emit({ type: 'progress', stage: 'filter', ...progress });
  for await (const { line, record, score } of readScored(filtering, scored)) {
    const filter = decide(stage, record, score, cut);
    yield { filter, ...(filter.outcome === 'kept' && { records: [line] }) };
    progress.done += 1;
    if (progress.done % recordsPerProgress === 0) {
      tell();
    }
  }
  tell();
}

function decide(stage: FilterStage, record: OutputRecord, score: RewardScore, cut: FilterCut | undefined): FilterRow {
  const { id, documentId = id, source, rephrasedShare } = record;
  const row = { recordId: id, documentId, line: source.line };
  if (score.outcome === 'unscored') {
    return { ...row, outcome: 'unscored', reason: score.reason };
  }
  const { value } = score;
  if (isTooLittle(stage, record)) {
    return { ...row, outcome: 'below', value, reason: 'too-little-rephrased' };
  }
  if (!isKept(cut, value, id)) {
    return { ...row, outcome: 'below', value };
  }
  return { ...row, outcome: 'kept', value, ...(rephrasedShare === 0 && { reason: 'nothing-rephrased' }) };
}

/** Whether less of a record was rephrased than the recipe asks for. */
function isTooLittle({ rephrasedShare: bound }: FilterStage, { rephrasedShare }: OutputRecord): boolean {
  return bound !== undefined && rephrasedShare < bound.atLeast;
}

/** Texts, scores and the cut: with the same of all three a part comes out the same. */
function hashInput({ records, scores }: ScoredPart, cut: FilterCut | undefined): string {
  const files = [committedRecords(records), committedFile(scores, 'scores')];
  return hash(
    'sha256',
    stringifyJson([...files.map((file) => file?.sha256 ?? ''), cut?.value ?? null, cut?.lastId ?? null]),
  );
}
