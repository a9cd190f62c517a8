import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinParts } from './join-parts.ts';
import type { Document, RephrasedPart } from './rephraser.ts';

// Every code point, halves of pairs included; fast-check's own `binary` takes two seconds to begin.
const anyCharacter = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));

const page: Document = { id: '1', text: '\n One.\n\nTwo. Three.\r\nFour. \n', metadata: {} };
const parts: readonly RephrasedPart[] = [
  { before: '\n ', text: 'One.' },
  { before: '\n\n', text: 'Two.' },
  { before: ' ', text: 'Three.' },
  { before: '\r\n', text: 'Four.' },
].map((piece, index) => ({ passage: { documentId: '1', index, ...piece }, text: piece.text.toUpperCase() }));

const without = (...dropped: number[]) =>
  joinParts(
    parts.filter((_, index) => !dropped.includes(index)),
    page,
  );

describe('joinParts', () => {
  it('puts the separators and the white space at the ends back', () => {
    expect(joinParts(parts, page)).toBe('\n ONE.\n\nTWO. THREE.\r\nFOUR. \n');
  });

  it('keeps one separator where a passage was dropped, the larger one', () => {
    expect(without(0)).toBe('\n TWO. THREE.\r\nFOUR. \n');
    expect(without(1)).toBe('\n ONE.\n\nTHREE.\r\nFOUR. \n');
    expect(without(2)).toBe('\n ONE.\n\nTWO.\r\nFOUR. \n');
    expect(without(3)).toBe('\n ONE.\n\nTWO. THREE. \n');
    expect(without(1, 2)).toBe('\n ONE.\n\nFOUR. \n');
  });

  it('counts a part with an empty text as dropped', () => {
    const emptied = parts.map((part, index) => (index === 1 ? { ...part, text: '' } : part));
    expect(joinParts(emptied, page)).toBe(without(1));
  });

  it('gives nothing when all was dropped, and a blank document as it was', () => {
    expect(joinParts([], page)).toBe('');
    expect(joinParts([], { ...page, text: ' \n ' })).toBe(' \n ');
  });

  it('takes the separators of children that are not in the document', () => {
    const children = ['New one.', 'New two.'].map((text, index) => ({
      passage: { documentId: '1', index, before: index === 0 ? '\n\n' : '\n', text },
      text,
    }));
    expect(joinParts([...parts.slice(0, 1), ...children, ...parts.slice(3)], page)).toBe(
      '\n ONE.\n\nNew one.\nNew two.\r\nFOUR. \n',
    );
  });

  it('accepts any parts of any document', () => {
    const anyPart = fc.record({
      passage: fc.record({ documentId: fc.string(), index: fc.nat(), before: fc.string(), text: fc.string() }),
      text: fc.string({ unit: anyCharacter }),
    });
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 6 }), fc.string(), (anyParts, text) => {
        const joined = joinParts(anyParts, { id: '1', text, metadata: {} });
        for (const part of anyParts) {
          expect(joined).toContain(part.text);
        }
      }),
    );
  });
});
