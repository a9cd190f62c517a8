import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UnusableTrainingPairsError } from '../errors/unusable-training-pairs.ts';
import type { TrainPairs } from '../recipe/train-schema.ts';
import { committedRecords } from '../run/part-commit.ts';
import { openRunForReading } from '../run/run-folder.ts';
import type { Session } from '../session/open-session.ts';
import type { TrainPair } from '../training/write-pairs.ts';
import { readPairsOfRun } from './read-pairs-of-run.ts';
import { readCommits } from './recycle-summary.ts';

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

async function* readPairLines({ path = '', original, rephrased, id }: TrainPairs): AsyncGenerator<TrainPair> {
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
    const documentId = id === undefined ? undefined : found[id];
    if (id !== undefined && typeof documentId !== 'string' && typeof documentId !== 'number') {
      throw refuse(`lacks the id of its document in ${id}`);
    }
    const known = documentId === undefined ? undefined : `${documentId}`;
    yield { id: known ?? `${number}`, documentId: known, original: source, rephrased: answer };
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && value.trim() !== '';
}
