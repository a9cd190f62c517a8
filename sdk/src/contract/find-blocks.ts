/** A stretch of lines that belong together: `[start, end)` from its first to its last visible character. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** Code fences, tables and lists of a text, in order. They are worth keeping whole where they fit. */
export function findBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: (Block & { kind: LineKind; fence: string }) | undefined;

  for (const line of linesOf(text)) {
    const kind = kindOf(line.content);
    if (open?.kind === 'fence') {
      open = { ...open, end: line.end };
      if (isClosingFence(line.content, open.fence)) {
        blocks.push(open);
        open = undefined;
      }
    } else if (open && continues(open.kind, kind, line.content)) {
      open = kind === 'blank' ? open : { ...open, end: line.end };
    } else {
      if (open) {
        blocks.push(open);
      }
      const fence = /^[`~]*/.exec(line.content.trimStart())?.[0] ?? '';
      open = kind === 'text' || kind === 'blank' ? undefined : { start: line.start, end: line.end, kind, fence };
    }
  }
  // A fence that is never closed says nothing about where the code ends.
  return open && open.kind !== 'fence' ? [...blocks, open] : blocks;
}

type LineKind = 'fence' | 'table' | 'list' | 'blank' | 'text';

function kindOf(line: string): LineKind {
  if (line.trim() === '') {
    return 'blank';
  }
  if (/^\s*(?:`{3}|~{3})/.test(line)) {
    return 'fence';
  }
  const bar = line.indexOf('|');
  if (bar !== -1 && line.includes('|', bar + 1)) {
    return 'table';
  }
  return /^\s*(?:[-*+•·▪‣◦–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S/.test(line) ? 'list' : 'text';
}

/** A list goes on over blank lines and indented text, a table ends with its last row. */
function continues(block: LineKind, next: LineKind, line: string): boolean {
  return next === block || (block === 'list' && (next === 'blank' || (next === 'text' && /^(?: {2}|\t)/.test(line))));
}

function isClosingFence(line: string, fence: string): boolean {
  const marks = line.trim();
  return marks.startsWith(fence) && marks === fence.charAt(0).repeat(marks.length);
}

function* linesOf(text: string): Generator<Block & { content: string }> {
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const until = newline === -1 ? text.length : newline;
    const content = text.slice(from, until);
    const indent = content.length - content.trimStart().length;
    yield { content, start: from + indent, end: from + content.trimEnd().length };
    from = until + 1;
  }
}
