/** A text in small letters, without emphasis, quotation marks, empty lines and runs of spaces: what two answers are compared by. */
export function plainWords(text: string): string {
  return text
    .replace(/[*_`"'“”‘’]/g, '')
    .toLowerCase()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
