import { countNegations } from './count-negations.ts';
import type { Fact, FactKind } from './fact-kinds.ts';
import { normaliseText } from './normalise-text.ts';
import { readDates } from './read-dates.ts';
import { readLinks } from './read-links.ts';
import { readNames, readWords } from './read-names.ts';
import { readNumbers } from './read-numbers.ts';

export interface ExtractedFacts {
  /** How often each fact is stated, by kind. */
  readonly facts: Readonly<Record<FactKind, ReadonlyMap<string, number>>>;
  readonly words: ReadonlySet<string>;
}

/** The checkable facts of a text. Total on any string, in time linear to its length. `language` chooses the lists of words (guessLanguage). */
export function extractFacts(text: string, language: string | undefined): ExtractedFacts {
  const links = readLinks(normaliseText(text, language));
  const dates = readDates(links.rest);
  const numbers = readNumbers(dates.rest);
  const names = readNames(numbers.rest, language);
  const denials = countNegations(text, language);
  return {
    facts: {
      link: countFacts(links.facts, 'link'),
      date: countFacts(dates.facts, 'date'),
      unit: countFacts(numbers.facts, 'unit'),
      number: countFacts(numbers.facts, 'number'),
      name: new Map(Array.from(names, (name) => [name, 1])),
      negation: new Map(denials === 0 ? [] : [['not', denials]]),
    },
    // Of both, because taking the numbers out cuts words such as Apollo11.
    words: readWords(`${text}\n${numbers.rest}`),
  };
}

function countFacts(facts: readonly Fact[], kind: FactKind): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { value } of facts.filter((fact) => fact.kind === kind)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
