// Everything a terminal could obey: C0 and C1 controls, delete, and what changes the direction of text.
const controls = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Shows the control characters of foreign text instead of letting the terminal obey them; line feeds and tabs stay. */
export function showControls(text: string): string {
  return text.replace(controls, (character) =>
    character === '\n' || character === '\t' ? character : shown(character),
  );
}

/** The same for what is one line and must not become two. */
export function showOnOneLine(text: string): string {
  return text.replace(controls, shown);
}

/** The same document, written so that a terminal obeys nothing of it. */
export function escapeControls(json: string): string {
  return json.replace(controls, (character) => `\\u${hexadecimal(character).padStart(4, '0')}`);
}

const shown = (character: string): string => `\\u{${hexadecimal(character)}}`;
const hexadecimal = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);
