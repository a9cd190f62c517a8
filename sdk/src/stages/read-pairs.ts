import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UnusableTrainingPairsError } from '../errors/unusable-training-pairs.ts';
import type { TrainPairs } from '../recipe/train-schema.ts';
import { committedRecords } from '../run/part-commit.ts';
import { readPartRecords } from '../run/read-records.ts';
import { openRunForReading } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import { readCommits } from './recycle-summary.ts';

/** A page or passage and what somebody has made of it. */
export interface TrainPair {
  readonly id: string;
  readonly original: string;
  readonly rephrased: string;
}

/** The pairs that a recipe names, one after another. */
export function readPairs(session: Session, pairs: TrainPairs): AsyncIterable<TrainPair> {
  return pairs.run === undefined ? readPairLines(pairs) : readPairsOfRun(session, pairs.run);
}

/** sha256 of what the pairs are, not of where they lie. */
export async function hashPairs(pairs: TrainPairs): Promise<string> {
  if (pairs.run !== undefined) {
    const commits = await readCommits(await openRunForReading(pairs.run), 'recycle');
    return hash('sha256', commits.map((commit) => committedRecords(commit)?.sha256 ?? '').join('\n'));
  }
  const digest = createHash('sha256');
  const source = pairs.path ?? '';
  try {
    for await (const chunk of createReadStream(source)) {
      digest.update(chunk);
    }
  } catch (cause) {
    throw new UnusableTrainingPairsError({ source, problem: `cannot be read: ${(cause as Error).message}`, cause });
  }
  return digest.digest('hex');
}

async function* readPairLines({ path = '', original, rephrased }: TrainPairs): AsyncGenerator<TrainPair> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') {
      continue;
    }
    const refuse = (problem: string, cause?: unknown) =>
      new UnusableTrainingPairsError({ source: `${path}:${number}`, problem, cause });
    let found: Readonly<Record<string, unknown>>;
    try {
      found = JSON.parse(line);
    } catch (cause) {
      throw refuse(`is no JSON: ${(cause as Error).message}`, cause);
    }
    const [source, answer] = [found?.[original], found?.[rephrased]];
    if (!isText(source) || !isText(answer)) {
      throw refuse(`lacks a text in ${isText(source) ? rephrased : original}`);
    }
    yield { id: `${number}`, original: source, rephrased: answer };
  }
}

/** Pages of the session's dataset beside what another run has made of them, where that is wholly new. */
async function* readPairsOfRun({ dataset, abortSignal }: Session, folder: string): AsyncGenerator<TrainPair> {
  const run = await openRunForReading(folder);
  const shards = new Map((await dataset?.listShards(abortSignal))?.map((shard) => [shard.name, shard]));
  for (const commit of await readCommits(run, 'recycle')) {
    const shard = shards.get(commit.shard);
    if (dataset === undefined || shard === undefined) {
      continue;
    }
    const pages = dataset.readShard(shard, abortSignal)[Symbol.asyncIterator]();
    let page = await pages.next();
    for await (const { id, documentId, text, source, rephrasedShare } of readPartRecords(run, commit)) {
      while (!page.done && page.value.line < source.line) {
        page = await pages.next();
      }
      const isPage = !page.done && page.value.line === source.line && page.value.outcome === 'record';
      if (isPage && page.value.outcome === 'record' && documentId === undefined && rephrasedShare === 1) {
        yield { id, original: page.value.text, rephrased: text };
      }
    }
    await pages.return?.();
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && value.trim() !== '';
}
