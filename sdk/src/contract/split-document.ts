import type { Document, Passage } from './rephraser.ts';
import { type SplitLimits, splitText } from './split-text.ts';

/** The passages of a document, cut as `splitText` cuts: what most rephrasers' `split` comes down to. */
export function splitDocument(document: Document, limits: SplitLimits): readonly Passage[] {
  return splitText(document.text, limits).map((piece, index) => ({ documentId: document.id, index, ...piece }));
}
