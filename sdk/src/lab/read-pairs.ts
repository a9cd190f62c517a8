import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnusablePairsError } from '../errors/unusable-pairs.ts';
import type { LabelledPair } from './labelled-pair.ts';

const wellFormed = z.string().refine((text) => text.isWellFormed(), 'expected well-formed Unicode');

const Pair = z.object({
  id: wellFormed.min(1),
  kind: wellFormed.min(1),
  source: wellFormed.min(1),
  rephrased: wellFormed,
  /** Pairs without one belong together where their source is the same. */
  group: wellFormed.optional(),
});

/** Reads a file of labelled pairs, one JSON object a line. */
export async function readPairs(file: string): Promise<readonly LabelledPair[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UnusablePairsError({ file, problem: `cannot be read: ${(cause as Error).message}`, cause });
  });
  const pairs = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, index + 1, file)]));
  const seen = new Set<string>();
  for (const { id } of pairs) {
    if (seen.has(id)) {
      throw new UnusablePairsError({ file, problem: `holds the id "${id}" twice` });
    }
    seen.add(id);
  }
  if (pairs.length === 0) {
    throw new UnusablePairsError({ file, problem: 'holds no pairs' });
  }
  return pairs;
}

function readLine(line: string, number: number, file: string): LabelledPair {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new UnusablePairsError({ file, line: number, problem: `is no JSON: ${(cause as Error).message}`, cause });
  }
  const parsed = Pair.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join('.') || 'the pair'}: ${issue?.message}`;
    throw new UnusablePairsError({ file, line: number, problem });
  }
  const { group = parsed.data.source, ...pair } = parsed.data;
  return { ...pair, group, origin: 'written' };
}
