export interface Name {
  readonly name: string;
  /** Where it stands for the first time. */
  readonly index: number;
}

// Behind a word in small letters, a number or a comma: the first word of a sentence is no sure name.
const name = /(?<=[\p{Ll}\p{N},] )\p{Lu}\p{Ll}{2,}(?: \p{Lu}\p{Ll}{2,})*(?![\p{L}\p{N}'’-])/gu;

/** Names of a text, each once. */
export function findNames(text: string): readonly Name[] {
  const names = new Map<string, number>();
  for (const { 0: found, index } of text.matchAll(name)) {
    if (!names.has(found)) {
      names.set(found, index);
    }
  }
  return Array.from(names, ([found, index]) => ({ name: found, index }));
}

/** Every place where these words stand as words of their own. */
export function placesOf(words: string): RegExp {
  const literal = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu');
}
