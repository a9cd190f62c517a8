const mostCharacters = 60;

/** A model's words in one short quoted line that no terminal obeys. */
export function quote(words: string): string {
  const beginning = words.slice(0, 10 * mostCharacters);
  const characters = [...beginning.replace(/[\s\p{C}]+/gu, ' ').trim()];
  const isShort = characters.length <= mostCharacters && beginning.length === words.length;
  return JSON.stringify(isShort ? characters.join('') : `${characters.slice(0, mostCharacters).join('')}...`);
}
