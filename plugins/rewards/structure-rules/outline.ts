import { countJsonNodes } from './count-json-nodes.ts';
import {
  endsSentence,
  isCodeLike,
  isListItem,
  isMarkedHeading,
  isProse,
  isTableRule,
  isUnderline,
  readCells,
  readIndent,
} from './line-forms.ts';

/**
 * What is counted. The unit: paragraphs, headings, list items, list items below others,
 * table cells, lines of code, JSON keys and elements. A numbered list that becomes a bulleted one is still a list.
 */
export const formKinds = ['paragraphs', 'headings', 'lists', 'nesting', 'tables', 'code', 'json'] as const;
export type FormKind = (typeof formKinds)[number];

/**
 * How many there are at least, and at most. Text of the web has lost many of its marks: a short line may be a heading,
 * an item of a list without bullets or a menu. Such lines are only ever possible, so dropping a menu is no lost list,
 * and giving back a mark is no invention.
 */
export interface FormCount {
  certain: number;
  possible: number;
}

export type Outline = Readonly<Record<FormKind, Readonly<FormCount>>>;

/** Counts the forms of a text, one pass over its lines. Needs no words, so it works in every language. */
export function readOutline(text: string): Outline {
  const outline = Object.fromEntries(formKinds.map((kind) => [kind, { certain: 0, possible: 0 }])) as Record<
    FormKind,
    FormCount
  >;
  for (const block of splitBlocks(text)) {
    if (block.fenced) {
      countCode(outline, block.lines);
    } else {
      countBlock(outline, block);
    }
  }
  // A bullet or a number with no second one is a dash or a date.
  if (outline.lists.certain === 1) {
    outline.lists = { certain: 0, possible: outline.lists.possible + 1 };
  }
  return Object.freeze(outline);
}

interface Block {
  /** Lines without blank ones; those of a fence with its marks. */
  readonly lines: readonly string[];
  readonly fenced: boolean;
}

const fence = /^\s*(`{3,}|~{3,})/;

/** Fenced code, and what stands between blank lines. */
function* splitBlocks(text: string): Generator<Block> {
  let lines: string[] = [];
  let openFence: string | undefined;
  for (const line of text.split(/\r\n|[\n\r\u2028\u2029]/)) {
    const mark = fence.exec(line)?.[1];
    if (openFence !== undefined) {
      if (line.trim() !== '') {
        lines.push(line);
      }
      if (mark?.startsWith(openFence)) {
        yield { lines, fenced: true };
        [lines, openFence] = [[], undefined];
      }
    } else if (mark !== undefined || line.trim() === '') {
      if (lines.length > 0) {
        yield { lines, fenced: false };
      }
      [lines, openFence] = mark === undefined ? [[], undefined] : [[line], mark];
    } else {
      lines.push(line);
    }
  }
  if (lines.length > 0) {
    yield { lines, fenced: openFence !== undefined };
  }
}

function countCode(outline: Record<FormKind, FormCount>, lines: readonly string[]): void {
  const code = lines.filter((line) => !fence.test(line));
  outline.code.certain += code.length;
  outline.json.certain += countJsonNodes(code.join('\n'));
}

function countBlock(outline: Record<FormKind, FormCount>, { lines }: Block): void {
  const nodes = countJsonNodes(lines.join('\n'));
  if (nodes > 0) {
    outline.json.certain += nodes;
    outline.code.possible += lines.length;
    return;
  }
  if (isIndentedCode(lines)) {
    outline.code.certain += lines.length;
    return;
  }
  // An item is nested when it stands two or more further in than the first of its block.
  const nestedIndent = readIndent(lines.find(isListItem) ?? '') + 2;
  for (let at = 0; at < lines.length; at += 1) {
    const rows = countRows(lines, at);
    if (rows > 1) {
      const rules = lines.slice(at, at + rows).filter(isTableRule).length;
      outline.tables.certain += (rows - rules) * readCells(lines[at] ?? '');
      at += rows - 1;
    } else {
      at += countLine(outline, lines, at, nestedIndent);
    }
  }
}

/** Lines that follow each other with the same number of cells; one such line alone is a menu or a breadcrumb. */
function countRows(lines: readonly string[], from: number): number {
  const cells = readCells(lines[from] ?? '');
  if (cells < 2) {
    return 0;
  }
  let to = from + 1;
  while (to < lines.length && readCells(lines[to] ?? '') === cells) {
    to += 1;
  }
  return to - from;
}

/** Returns how many further lines it used up. */
function countLine(
  outline: Record<FormKind, FormCount>,
  lines: readonly string[],
  at: number,
  nestedIndent: number,
): number {
  const line = lines[at] ?? '';
  if (isMarkedHeading(line)) {
    outline.headings.certain += 1;
    return 0;
  }
  if (isUnderline(lines[at + 1]) && !isProse(line)) {
    outline.headings.certain += 1;
    return 1;
  }
  if (isListItem(line)) {
    outline.lists.certain += 1;
    outline.nesting.certain += readIndent(line) >= nestedIndent ? 1 : 0;
  } else if (isProse(line)) {
    outline.paragraphs[startsParagraph(lines[at - 1]) ? 'certain' : 'possible'] += 1;
  } else {
    outline.paragraphs.possible += 1;
    outline.headings.possible += 1;
    outline.lists.possible += 1;
  }
  outline.code.possible += isCodeLike(line) ? 1 : 0;
  return 0;
}

/** A line that goes on from one of wrapped length without an end of sentence may belong to the same paragraph. */
function startsParagraph(lineBefore: string | undefined): boolean {
  return lineBefore === undefined || !isProse(lineBefore) || endsSentence(lineBefore);
}

/** Four spaces or a tab before every line, and code in at least half of them: web text also indents quotations. */
function isIndentedCode(lines: readonly string[]): boolean {
  const codeLike = lines.filter(isCodeLike).length;
  return lines.every((line) => /^(?: {4}|\t)/.test(line)) && codeLike * 2 >= lines.length;
}
