// Everything a terminal could obey, but line feed and tab.
const controls = /[\p{Cc}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu;

/** Shows control characters of foreign text instead of letting the terminal obey them. */
export function stripControls(text: string): string {
  return text.replace(controls, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
