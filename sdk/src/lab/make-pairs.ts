import { addBoilerplate } from './edits/add-boilerplate.ts';
import { isFaithful, type LabelledPair } from './labelled-pair.ts';
import { pageEdits } from './page-edits.ts';
import { seededRandom } from './seeded-random.ts';

/** A passage of a real page. */
export interface PagePassage {
  readonly id: string;
  readonly text: string;
}

export interface MakePairsOptions {
  /** So many pairs are enough; fewer come back where the passages give no more. */
  readonly atLeast: number;
  readonly seed: number;
  /** Faults to make; all of them when absent. */
  readonly kinds?: readonly string[] | undefined;
}

const makeableKinds: readonly string[] = ['copied', ...Object.keys(pageEdits)];

/** A passage has only so many numbers and names to change; further rounds would hardly find new ones. */
const mostRounds = 8;

/**
 * Pairs made from passages by edits. The source is the passage with a menu and a footer around it, the faithful
 * rewriting is the passage, and every fault is the passage with one thing changed. Where one round over all passages
 * makes too few, the next one changes other things. The same passages and seed give the same pairs.
 */
export function makePairs(
  passages: readonly PagePassage[],
  { atLeast, seed, kinds }: MakePairsOptions,
): readonly LabelledPair[] {
  if (kinds?.some((kind) => makeableKinds.includes(kind)) === false) {
    return [];
  }
  const pairs: LabelledPair[] = [];
  const seen = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    for (const passage of passages) {
      if (pairs.length >= atLeast) {
        return pairs;
      }
      for (const pair of editPassage(passage, round, seed)) {
        const isWanted = kinds === undefined || kinds.includes(pair.kind) || isFaithful(pair);
        const key = JSON.stringify([pair.group, pair.kind, pair.rephrased]);
        if (isWanted && !seen.has(key)) {
          seen.add(key);
          pairs.push(pair);
        }
      }
    }
  }
  return pairs;
}

function editPassage({ id, text }: PagePassage, round: number, seed: number): readonly LabelledPair[] {
  const source = addBoilerplate(text, seededRandom(seed, id, 'source')) ?? text;
  const rewritings = [
    ['boilerplate-removed', text] as const,
    ['copied', source] as const,
    ...Object.entries(pageEdits).map(
      ([kind, edit]) => [kind, edit(text, seededRandom(seed, id, kind, round))] as const,
    ),
  ];
  return rewritings.flatMap(([kind, rephrased]) => {
    const isOther = kind === 'boilerplate-removed' || kind === 'copied' || (rephrased !== text && rephrased !== source);
    return rephrased === undefined || !isOther
      ? []
      : [{ id: `${id}/${kind}/${round}`, group: id, kind, source, rephrased, origin: 'edited' as const }];
  });
}
