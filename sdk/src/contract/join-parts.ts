import type { Document, RephrasedPart } from './rephraser.ts';

/**
 * The document's text from its parts in order: each with the separator it had, the first and the last with the white space
 * at the document's ends. Where passages were dropped one separator stays, the larger of those at the two sides. A part
 * with an empty text counts as dropped.
 */
export function joinParts(parts: readonly RephrasedPart[], document: Document): string {
  const source = document.text;
  const kept = parts.filter(({ text }) => text !== '');
  if (kept.length === 0) {
    return source.trim() === '' ? source : '';
  }
  const joined = [leadingWhiteSpace(source)];
  let read = 0;
  let inStep = true;
  for (const { passage, text } of kept) {
    const own = passage.before + passage.text;
    const found = source.indexOf(own, read);
    if (joined.length > 1) {
      // A child of `continue` need not be in the document; what was dropped before and after it is then unknown.
      const dropped = inStep && found !== -1 ? source.slice(read, found) : '';
      joined.push(largerSeparator(passage.before, leadingWhiteSpace(dropped)));
    }
    joined.push(text);
    inStep = found !== -1;
    read = inStep ? found + own.length : read;
  }
  return joined.join('') + source.slice(source.trimEnd().length);
}

function leadingWhiteSpace(text: string): string {
  return text.slice(0, text.length - text.trimStart().length);
}

/** More line breaks, then more characters. */
function largerSeparator(one: string, other: string): string {
  const more = countLineBreaks(other) - countLineBreaks(one) || other.length - one.length;
  return more > 0 ? other : one;
}

function countLineBreaks(separator: string): number {
  return separator.split(/\r\n|[\n\r\u2028\u2029]/).length - 1;
}
