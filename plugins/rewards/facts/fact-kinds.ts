/** What counts as a fact. A date is no number as well, nor is the number of a unit. */
export const factKinds = ['link', 'date', 'unit', 'number', 'name', 'negation'] as const;
export type FactKind = (typeof factKinds)[number];

export interface Fact {
  readonly kind: FactKind;
  /** In one spelling: `5 km`, `2020-01-03`, `1000`. */
  readonly value: string;
}

/** What a reader found, and the text without it, so that the next reader does not find it again. */
export interface ReadFacts {
  readonly facts: readonly Fact[];
  readonly rest: string;
}
