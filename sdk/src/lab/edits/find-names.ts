export interface Name {
  readonly name: string;
  /** Where it stands for the first time. */
  readonly index: number;
}

// Behind a word in small letters, a number or a comma: the first word of a sentence is no sure name.
const name = /(?<=[\p{Ll}\p{N},] )\p{Lu}\p{Ll}{2,}(?: \p{Lu}\p{Ll}{2,})*(?![\p{L}\p{N}'’-])/gu;

const dates =
  /\b(?:January|February|March|April|May|June|July|August|September|October|November|December|\p{L}{3,6}day)\b/u;

/** Shorter lines, and lines with more capitals, are titles and menus: their capitals name nothing. */
const fewestCharacters = 60;
const mostCapitals = 0.4;

/** Names in the sentences of a text, each once. */
export function findNames(text: string): readonly Name[] {
  const names = new Map<string, number>();
  for (const { 0: line, index: start } of text.matchAll(/[^\n]+/g)) {
    if (!isProse(line)) {
      continue;
    }
    for (const { 0: found, index } of line.matchAll(name)) {
      if (!names.has(found) && !dates.test(found)) {
        names.set(found, start + index);
      }
    }
  }
  return Array.from(names, ([found, index]) => ({ name: found, index }));
}

function isProse(line: string): boolean {
  const words = line.match(/\p{L}+/gu) ?? [];
  const capitals = words.filter((word) => /^\p{Lu}/u.test(word)).length;
  return line.length >= fewestCharacters && capitals <= mostCapitals * words.length;
}

/** Every place where these words stand as words of their own. */
export function placesOf(words: string): RegExp {
  const literal = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu');
}
