/** A source with one rewriting of it, of which is known what is wrong with it. */
export interface LabelledPair {
  readonly id: string;
  /** Pairs of one group have the same source: a faulty rewriting is compared with the faithful one of its group. */
  readonly group: string;
  /** What the rewriting is: faithful in some way, or faulty in this one. */
  readonly kind: string;
  readonly source: string;
  readonly rephrased: string;
  /** Written by a person, or made from a page by an edit. */
  readonly origin: 'written' | 'edited';
}

/** Kinds that say what their source says; every other kind is a fault. */
const faithfulKinds: readonly string[] = ['faithful', 'light-edit', 'boilerplate-removed'];

/** Of the faithful kinds those that the faults are made from, so that nothing but the fault tells the two apart. */
const baseKinds: readonly string[] = ['faithful', 'boilerplate-removed'];

export function isFaithful({ kind }: { readonly kind: string }): boolean {
  return faithfulKinds.includes(kind);
}

export function isBase({ kind }: { readonly kind: string }): boolean {
  return baseKinds.includes(kind);
}
