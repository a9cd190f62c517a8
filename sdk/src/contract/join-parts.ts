import type { Document, RephrasedPart } from './rephraser.ts';

export function joinParts(parts: readonly RephrasedPart[], document: Document): string {
  throw new Error(`to be written: ${parts.length} ${document.id}`);
}
