/** The forms that one line can have. Marks and lengths only: no words, no language. */

/** `# Title`, `== Title ==`. */
export function isMarkedHeading(line: string): boolean {
  return /^ {0,3}#{1,6}\s+\S/.test(line) || /^(={2,6})[^=].*[^=]\1\s*$/.test(line);
}

/** The line of `===` or `---` below a heading. */
export function isUnderline(line: string | undefined): boolean {
  return line !== undefined && /^\s*(?:={3,}|-{3,})\s*$/.test(line);
}

// Digits of any script before a dot or a bracket; three at most, or every year would number a list.
const listMark = /^\s*(?:[-*+•·‣⁃◦▪▫■□●○–—]\s+|\(?(?:\p{Nd}{1,3}|[a-zA-Z])[.)．、]\s+)\S/u;

/** `- milk`, `• milk`, `1. milk`, `b) milk`, at any depth. */
export function isListItem(line: string): boolean {
  return listMark.test(line);
}

/** `|---|:--:|`, the line below a table's header. */
export function isTableRule(line: string): boolean {
  return /^[\s|:+=-]+$/.test(line);
}

/** Cells of a row cut by pipes or tabs, 0 where there are none. The rule below a header has as many as its rows. */
export function readCells(line: string): number {
  const row = line.trim();
  if (row.includes('|')) {
    const cells = row.replace(/^\|/, '').replace(/\|$/, '').split('|').length;
    return cells > 1 || row.startsWith('|') || isTableRule(row) ? cells : 0;
  }
  return row.includes('\t') ? row.split('\t').length : 0;
}

// Menus, buttons and titles of web pages are shorter than `proseWidth`; a line from `sentenceWidth` on that ends like a
// sentence is prose too. East Asian text says in one character what takes others two to three.
const proseWidth = 80;
const sentenceWidth = 30;
const wideCharacter = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** Whether a line ends as a sentence does, a closing quote or bracket included. Looks at its last few characters, so a line of a million dots costs no more than another. */
export function endsSentence(line: string): boolean {
  return /[\p{Sentence_Terminal}…]\p{P}{0,3}$/u.test(line.trimEnd().slice(-8));
}

/** How far a line is indented, a tab counting four. */
export function readIndent(line: string): number {
  return line.slice(0, line.length - line.trimStart().length).replaceAll('\t', '    ').length;
}

/** Whether a line is running text rather than a title, a menu entry or an unmarked item. */
export function isProse(line: string): boolean {
  const text = line.trim();
  const width = text.length + (text.match(wideCharacter)?.length ?? 0);
  return width >= proseWidth || (width >= sentenceWidth && endsSentence(text));
}

// Ends in a brace or semicolon, is a tag or a prompt, calls a function, compares or assigns.
const codeLike =
  /[;{}]\s*$|^\s*(?:<[/!]?\w|[{}$]|>>>)|\w\([^()]*\)(?:\s*[:;{])?\s*$|[=!<>+-]=|=>|->|::|^\s*[\w.[\]]+ = \S/;

/** Whether a line looks like source code or markup. */
export function isCodeLike(line: string): boolean {
  return codeLike.test(line);
}
