import type { ExtractedFacts } from './extract-facts.ts';
import { type Fact, type FactKind, factKinds } from './fact-kinds.ts';

export interface KindComparison {
  readonly original: number;
  readonly rephrased: number;
  readonly added: number;
  readonly lost: number;
}

export interface FactComparison {
  /** Facts that only the rephrasing states; one that it states twice too often stands here twice. */
  readonly added: readonly Fact[];
  /** Facts that only the original states. */
  readonly lost: readonly Fact[];
  readonly kinds: Readonly<Record<FactKind, KindComparison>>;
}

/** What a rephrasing added and what it lost, counted as multisets. A name is there when its word is, capital or not. */
export function compareFacts(original: ExtractedFacts, rephrased: ExtractedFacts): FactComparison {
  const byKind = factKinds.map((kind) => ({
    kind,
    added: missingFrom(original, rephrased, kind),
    lost: missingFrom(rephrased, original, kind),
  }));
  return {
    added: byKind.flatMap(({ added }) => added),
    lost: byKind.flatMap(({ lost }) => lost),
    kinds: Object.fromEntries(
      byKind.map(({ kind, added, lost }) => [
        kind,
        {
          original: total(original.facts[kind]),
          rephrased: total(rephrased.facts[kind]),
          added: added.length,
          lost: lost.length,
        },
      ]),
    ) as Record<FactKind, KindComparison>,
  };
}

/** The facts of `stated` that `text` does not state, or states less often. */
function missingFrom(text: ExtractedFacts, stated: ExtractedFacts, kind: FactKind): readonly Fact[] {
  return Array.from(stated.facts[kind]).flatMap(([value, times]) => {
    const found = kind === 'name' ? Number(text.words.has(value)) : (text.facts[kind].get(value) ?? 0);
    return new Array<Fact>(Math.max(0, times - found)).fill({ kind, value });
  });
}

function total(counts: ReadonlyMap<string, number>): number {
  return Array.from(counts.values()).reduce((sum, count) => sum + count, 0);
}
