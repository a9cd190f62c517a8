import { advanceCharacters, isInsidePair } from './count-characters.ts';
import { type Block, findBlocks } from './find-blocks.ts';
import { gapKinds, readStretch } from './find-gaps.ts';
import { fitsTokens, fitWindow } from './fit-window.ts';

/** Bounds of one piece; the host halves a cut-off passage with them. */
export interface SplitLimits {
  /** Unicode code points. */
  readonly maxCharacters: number;
  readonly maxTokens?: number;
  /** Needed when `maxTokens` is given. */
  readonly countTokens?: (text: string) => number;
}

/** A stretch of text without white space at its ends, and the white space before it. */
export interface TextPiece {
  readonly before: string;
  readonly text: string;
}

/**
 * Cuts a text into few pieces of about equal length within the limits: between paragraphs, else lines, sentences, words,
 * graphemes; code fences, tables and lists stay whole where they fit. Every `before` and `text` in order and the text's
 * trailing white space give the text back. Every piece but the last fills about half of the limits or more, unless it ends
 * before a block that stays whole. Only a single character may be larger than the limits.
 */
export function splitText(text: string, limits: SplitLimits): readonly TextPiece[] {
  const end = text.trimEnd().length;
  const source = { text, end, graphemes: graphemes.segment(text), blocksAhead: findBlocks(text).toReversed() };
  const pieces: TextPiece[] = [];
  let gap: Gap = { start: 0, end: text.length - text.trimStart().length };
  while (gap.end < end) {
    const before = text.slice(gap.start, gap.end);
    const from = gap.end;
    gap = nextGap(source, from, limits);
    pieces.push({ before, text: text.slice(from, gap.start) });
  }
  return pieces;
}

interface Source {
  readonly text: string;
  /** Where trailing white space begins. */
  readonly end: number;
  readonly graphemes: Intl.Segments;
  /** Last block first; those that have been passed are taken off. */
  readonly blocksAhead: Block[];
}

/** What stands between two pieces: white space, or nothing. */
interface Gap {
  readonly start: number;
  readonly end: number;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The segmenters want to see what follows a possible bound, and a little of what stands before. */
const lookAround = 64;

/** The gap after the piece that begins at `from`. */
function nextGap(source: Source, from: number, limits: SplitLimits): Gap {
  const { text, end } = source;
  const oneCharacter = advanceCharacters(text, from, 1);
  for (let window = fitWindow(text, from, limits); ; ) {
    const gap = window >= end ? { start: end, end: text.length } : bestGap(source, from, window);
    if (gap.start <= oneCharacter || fitsTokens(text.slice(from, gap.start), limits)) {
      return gap;
    }
    // Less text than the window, yet more tokens: rare, but a tokenizer may do that.
    const shorter = Math.floor(from + (gap.start - from) * 0.9);
    window = Math.max(oneCharacter, isInsidePair(text, shorter) ? shorter - 1 : shorter);
  }
}

/** Of the best kind that the second half of the window offers, the gap that makes the pieces most equal. */
function bestGap(source: Source, from: number, window: number): Gap {
  const { text, end } = source;
  const least = from + (window - from) / 2;
  const ideal = from + (end - from) / Math.ceil((end - from) / (window - from));
  const wholeBlocks = findWholeBlocks(source.blocksAhead, from, window);
  const scanned = startOfScan(text, from, least);
  const stretch = readStretch(text.slice(scanned, window + lookAround));
  for (const findGaps of gapKinds) {
    const positions = findGaps(stretch)
      .map((position) => scanned + position)
      .filter((at) => at >= least && at <= window && !wholeBlocks.some((block) => block.start < at && at < block.end))
      .toSorted((one, other) => Math.abs(one - ideal) - Math.abs(other - ideal));
    for (const position of positions) {
      const gap = { start: position, end: skipWhiteSpace(text, position) };
      if (isBetweenGraphemes(source, gap)) {
        return gap;
      }
    }
  }
  const block = wholeBlocks.find(({ start }) => start > from);
  return block ? gapBefore(text, from, block) : betweenGraphemes(source, from, ideal, window);
}

/** A visible character a little before the first position that counts: what stands further ahead decides nothing. */
function startOfScan(text: string, from: number, least: number): number {
  let at = Math.max(from, Math.floor(least) - lookAround);
  while (at > from && (/\s/.test(text.charAt(at)) || isInsidePair(text, at))) {
    at -= 1;
  }
  return at;
}

/** Blocks in reach of a window that would fit into it, the last first. */
function findWholeBlocks(blocksAhead: Block[], from: number, window: number): readonly Block[] {
  while ((blocksAhead.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= from) {
    blocksAhead.pop();
  }
  const beyond = blocksAhead.findLastIndex(({ start }) => start >= window);
  return blocksAhead.slice(beyond + 1).filter(({ start, end }) => end - start <= window - from);
}

function gapBefore(text: string, from: number, block: Block): Gap {
  return { start: from + text.slice(from, block.start).trimEnd().length, end: block.start };
}

/** Text without any bound, as base64 is. A grapheme that is larger than the window is cut between characters. */
function betweenGraphemes({ graphemes }: Source, from: number, ideal: number, window: number): Gap {
  const starts = [ideal, window].map((position) => graphemes.containing(Math.floor(position))?.index ?? window);
  const cut = starts.find((start) => start > from) ?? window;
  return { start: cut, end: cut };
}

function isBetweenGraphemes({ graphemes }: Source, gap: Gap): boolean {
  return [gap.start, gap.end].every((position) => graphemes.containing(position)?.index === position);
}

function skipWhiteSpace(text: string, position: number): number {
  const visible = /\S/g;
  visible.lastIndex = position;
  return visible.exec(text)?.index ?? text.length;
}
