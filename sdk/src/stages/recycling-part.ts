import { isReproErrorBase } from '@repro/bridge';
import { countCharacters } from '../contract/count-characters.ts';
import type { RawRecord, Shard } from '../contract/dataset.ts';
import { stringifyJson } from '../contract/json-text.ts';
import type { Document } from '../contract/rephraser.ts';
import { defaultRecycleStage } from '../recipe/recipe-schema.ts';
import { type RephrasedDocument, rephraseDocument } from '../rephrasers/rephrase-document.ts';
import { routeDocument } from '../rephrasers/route-document.ts';
import { commitPart } from '../run/commit-part.ts';
import { openPartLog } from '../run/part-log.ts';
import {
  decodePartEntry,
  encodePartEntry,
  type OutputRecord,
  type PartEntry,
  type QuarantineRow,
} from '../run/rows.ts';
import type { PartLease } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { tooManyBadRecords } from './bad-records.ts';
import { hashShard } from './hash-shard.ts';
import { IdIndex } from './id-index.ts';
import type { RecycleWork } from './recycle.ts';
import { logKey, requireRephraser, versionsOf } from './stage-key.ts';

/** One shard on its way into one part. Disposing waits for what is under way; finished documents stay in the log. */
export interface RecyclingPart extends AsyncDisposable {
  /** Reads at most `limit` records and starts what is not in the log yet; resolves with their number, when all are under way. */
  read(limit: number): Promise<number>;
  /** Waits for the last documents and commits the part, or says what is wrong with its shard and commits nothing. */
  finish(): Promise<Error | undefined>;
}

/** Opens the part of a shard: finished documents of an earlier call are in its log. */
export async function openRecyclingPart(work: RecycleWork, shard: Shard, lease: PartLease): Promise<RecyclingPart> {
  const { session, run, dataset, stageKey, ids, flight, abortSignal, progress } = work;
  const stage = session.recipe.recycle ?? defaultRecycleStage;
  const part = await run.partNumber(shard.name);
  const inputSha256 = await hashShard(shard, abortSignal);
  const log = await openPartLog(run, 'recycle', part, {
    stageKey: logKey(session, 'recycle', stageKey),
    input: inputSha256,
  });
  const underWay = new Set<Promise<void>>();
  const ownIds = new IdIndex();
  /** Records whose id stands before them, by line. Never in the log: the one before them may come to nothing. */
  const seconds = new Map<number, QuarantineRow>();
  let committedIds: string[] = [];
  const documentsBefore = log.lines().length;
  const bad = { count: 0, first: '' };
  let recordsIn = 0;
  let recordsWithoutId = 0;
  let fault: Error | undefined;
  session.emit({ type: 'part', stage: 'recycle', part, shard: shard.name, state: 'resumed', documentsBefore });

  async function keep(line: number, entry: PartEntry): Promise<void> {
    await log.append(line, encodePartEntry(entry));
    countDone();
  }

  function countDone(): void {
    progress.done += 1;
    session.emit({ type: 'progress', stage: 'recycle', done: progress.done, total: progress.total });
  }

  async function take(record: RawRecord): Promise<void> {
    const quarantined = record.outcome === 'bad' ? quarantineOf(record) : undefined;
    const id = record.id ?? `${shard.name}:${record.line}`;
    recordsWithoutId += record.id === undefined && record.outcome === 'record' ? 1 : 0;
    const isSecond = quarantined === undefined && (!ownIds.add(id) || ids.has(id));
    const twice = isSecond ? duplicateOf(shard, record.line, id) : undefined;
    const row = quarantined ?? twice;
    if (row !== undefined) {
      bad.count += 1;
      bad.first ||= `line ${row.line}: ${row.reason}`;
    }
    if (twice !== undefined) {
      seconds.set(record.line, twice);
      countDone();
    } else if (log.has(record.line)) {
      countDone();
    } else if (quarantined !== undefined) {
      await keep(record.line, { quarantine: [quarantined] });
    } else if (record.outcome === 'record') {
      const document = { id, text: record.text, metadata: record.metadata };
      await flight.room();
      const task = flight.start((weigh) => rephrase(document, record.line, weigh));
      underWay.add(task);
      // One that fails stays: `finish` throws it, or the next `room`.
      task.then(
        () => underWay.delete(task),
        () => undefined,
      );
    }
  }

  async function rephrase(document: Document, line: number, weigh: (passages: number) => void): Promise<void> {
    const rephrased = await rephraseOrRoute(session, document, abortSignal, weigh);
    const records = rephrased.texts.map(
      (text): OutputRecord => ({
        id: text.id,
        text: text.text,
        metadata: document.metadata,
        ...(text.id !== document.id && { documentId: document.id }),
        source: { shard: shard.name, line },
        rephrasedShare: text.rephrasedShare,
        method: rephrased.method,
        ...(rephrased.model !== undefined && { model: rephrased.model }),
        ...(text.operation !== undefined && { operation: text.operation }),
      }),
    );
    await keep(line, entryOf(rephrased, records, { document, shard: shard.name, line }));
    await work.onDocument?.({ part, stageKey, inputSha256, line, original: document, records });
  }

  /** In source order. */
  async function* readEntries(): AsyncGenerator<PartEntry> {
    committedIds = [];
    const lines = new Set([...log.lines(), ...seconds.keys()]);
    for (const line of [...lines].sort((one, other) => one - other)) {
      const second = seconds.get(line);
      const entry = second === undefined ? decodePartEntry(await log.read(line)) : { quarantine: [second] };
      const id = entry.document?.documentId;
      if (id !== undefined && ids.has(id)) {
        yield { quarantine: [duplicateOf(shard, line, id)] };
        continue;
      }
      if (id !== undefined) {
        committedIds.push(id);
      }
      yield entry;
    }
  }

  /** Whether other hosts have committed ids of this part since. */
  async function learnIds(options: { readonly isNewest: boolean }): Promise<boolean> {
    let isHit = false;
    await ids.learn((id) => {
      isHit ||= ownIds.has(id);
    }, options);
    return isHit;
  }

  /** The records up to the shard's end, or to where it cannot be read any further. */
  async function* readable(): AsyncGenerator<RawRecord> {
    try {
      yield* dataset.readShard(shard, abortSignal);
    } catch (error) {
      abortSignal.throwIfAborted();
      // Ours are about the machine or the plugin, and would come again with every shard.
      if (!(error instanceof Error) || isReproErrorBase(error)) {
        throw error;
      }
      fault = error;
    }
  }

  return {
    async read(limit) {
      for await (const record of readable()) {
        if (recordsIn >= limit) {
          break;
        }
        recordsIn += 1;
        abortSignal.throwIfAborted();
        await take(record);
      }
      return recordsIn;
    },

    async finish() {
      while (underWay.size > 0) {
        await Promise.all(underWay);
      }
      abortSignal.throwIfAborted();
      await log.flush();
      if (recordsWithoutId > 0) {
        const message = `${recordsWithoutId} of ${recordsIn} records of ${shard.name} have no id; theirs are ${shard.name}:LINE`;
        session.emit({ type: 'warning', message });
      }
      const unusable = { shard: shard.name, records: recordsIn, bad: bad.count, first: bad.first, isWhole: true };
      fault ??= tooManyBadRecords(session, unusable);
      if (fault !== undefined) {
        return fault;
      }
      await commitPart(run, 'recycle', part, {
        shard: shard.name,
        stageKey,
        input: { version: shard.version, sha256: inputSha256 },
        outputs: [stage.output === 'parquet' ? 'record_rows' : 'records', 'ledger', 'documents', 'quarantine'],
        recordsIn,
        versions: versionsOf(session, 'recycle'),
        entries: readEntries,
        replaces: lease.replaces,
        entriesHaveChanged: learnIds,
      });
      for (const id of committedIds) {
        ids.add(id);
      }
      session.emit({ type: 'part', stage: 'recycle', part, shard: shard.name, state: 'committed' });
      return undefined;
    },

    async [Symbol.asyncDispose]() {
      await Promise.allSettled(underWay);
      await log[Symbol.asyncDispose]();
    },
  };
}

/** Sends a document where its route says, or to the one rephraser there is. */
export async function rephraseOrRoute(
  session: Session,
  document: Document,
  abortSignal: AbortSignal,
  onSplit?: (passages: number) => void,
): Promise<RephrasedDocument> {
  const bound = requireRephraser(session, 'recycle');
  const target = 'by' in bound ? await routeDocument(bound, document, { abortSignal }) : bound;
  if ('outcome' in target) {
    return target;
  }
  const policy = session.recipe.onRejected;
  return rephraseDocument(target, document, { policy, abortSignal, ...(onSplit && { onSplit }) });
}

/** Everything that one document contributes to the part. */
function entryOf(
  rephrased: RephrasedDocument,
  records: readonly OutputRecord[],
  source: { readonly document: Document; readonly shard: string; readonly line: number },
): PartEntry {
  const { document, shard, line } = source;
  const common = { documentId: document.id, shard, line };
  return {
    records: records.map((record) => stringifyJson(record)),
    ledger: rephrased.passages.map(
      ({ path, outcome, reason, operation, attempts, promptTokens, completionTokens }) => ({
        ...common,
        passage: path,
        outcome,
        reason,
        operation,
        attempts,
        promptTokens,
        completionTokens,
        model: rephrased.model,
        method: rephrased.method,
      }),
    ),
    document: {
      ...common,
      outcome: rephrased.outcome,
      reason: rephrased.reason,
      passages: rephrased.passages.length,
      charactersBefore: countCharacters(document.text),
      charactersAfter: records.reduce((sum, { text }) => sum + countCharacters(text), 0),
      rephrasedShare: rephrased.rephrasedShare,
    },
  };
}

function quarantineOf({ id, file, line, byte, code, reason }: Extract<RawRecord, { outcome: 'bad' }>): QuarantineRow {
  return { id, file, line, byte, code, reason };
}

function duplicateOf(shard: Shard, line: number, id: string): QuarantineRow {
  const reason = `a record before it has the id ${JSON.stringify(id)}`;
  return { id, file: shard.file?.path ?? shard.name, line, code: 'duplicate-id', reason };
}
