import type { Readable } from 'node:stream';

/** A longer line is cut: a process that never ends its line must not fill memory. */
const maxLineCharacters = 4096;

/** Reads a stream of text to its end, whatever comes, and gives every line without its break. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      onLine(cut(line));
    }
    while (rest.length > maxLineCharacters) {
      onLine(rest.slice(0, maxLineCharacters));
      rest = rest.slice(maxLineCharacters);
    }
  });
  stream.on('end', () => {
    if (rest !== '') {
      onLine(rest);
    }
  });
  // Reading from a process that was killed may fail; there is nothing more to read then.
  stream.on('error', () => {});
}

function cut(line: string): string {
  return line.length > maxLineCharacters
    ? `${line.slice(0, maxLineCharacters)} [${line.length - maxLineCharacters} more]`
    : line;
}
