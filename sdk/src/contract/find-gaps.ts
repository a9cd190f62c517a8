/** Where a stretch of text may be cut: positions at which the text before a gap ends. The gap itself is white space or nothing. */
export type FindGaps = (stretch: Stretch) => readonly number[];

/** A part of a text, whose white space is looked for once, whichever kinds of bounds are. */
export interface Stretch {
  readonly text: string;
  readonly spaces: readonly Space[];
}

/** White space between two visible characters, or at an end. */
interface Space {
  readonly start: number;
  readonly end: number;
  readonly lineBreaks: number;
}

export function readStretch(text: string): Stretch {
  return { text, spaces: findSpaces(text) };
}

/** Kinds of bounds, the best first. */
export const gapKinds: readonly FindGaps[] = [
  findParagraphGaps,
  findLineGaps,
  findSentenceGaps,
  findWhiteSpace,
  findWordGaps,
];

// A fixed locale, so that every machine cuts alike; words of Chinese or Thai are found under any.
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const words = new Intl.Segmenter('en', { granularity: 'word' });

function findParagraphGaps({ spaces }: Stretch): readonly number[] {
  return spaces.filter(({ lineBreaks }) => lineBreaks >= 2).map(({ start }) => start);
}

/** A line break before a small letter is taken for a wrapped line. */
function findLineGaps({ text, spaces }: Stretch): readonly number[] {
  return spaces
    .filter(({ lineBreaks, end }) => lineBreaks > 0 && !/^\p{Ll}/u.test(text.slice(end, end + 2)))
    .map(({ start }) => start);
}

/** The segmenter also ends a sentence at every line break; those without a full stop are not taken. */
function findSentenceGaps({ text }: Stretch): readonly number[] {
  return [...sentences.segment(text)]
    .slice(0, -1)
    .map(({ segment, index }) => ({ sentence: segment.trimEnd(), index }))
    .filter(({ sentence }) => /[\p{Sentence_Terminal}…]["'”’»)\]]*$/u.test(sentence.slice(-8)))
    .map(({ sentence, index }) => index + sentence.length);
}

function findWhiteSpace({ spaces }: Stretch): readonly number[] {
  return spaces.map(({ start }) => start);
}

/** For scripts that write no spaces. */
function findWordGaps({ text }: Stretch): readonly number[] {
  return [...words.segment(text)]
    .filter(({ isWordLike, index }) => isWordLike && /\S/.test(text.charAt(index - 1)))
    .map(({ index }) => index);
}

const [tab, lineFeed, carriageReturn, space] = [0x09, 0x0a, 0x0d, 0x20];
const [lineSeparator, paragraphSeparator] = [0x2028, 0x2029];
const [noBreakSpace, oghamSpace, ideographicSpace, byteOrderMark] = [0xa0, 0x1680, 0x3000, 0xfeff];
const otherSpaces = new Set([oghamSpace, lineSeparator, paragraphSeparator, 0x202f, 0x205f, ideographicSpace]);

/** A loop over character codes, because every page goes through it: a regular expression takes several times as long. */
function findSpaces(text: string): readonly Space[] {
  const spaces: Space[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (isWhiteSpace(text.charCodeAt(at))) {
      const start = at;
      let lineBreaks = 0;
      for (let code = text.charCodeAt(at); isWhiteSpace(code); code = text.charCodeAt(at)) {
        const isSecondHalf = code === lineFeed && at > start && text.charCodeAt(at - 1) === carriageReturn;
        lineBreaks += isLineBreak(code) && !isSecondHalf ? 1 : 0;
        at += 1;
      }
      spaces.push({ start, end: at, lineBreaks });
    }
  }
  return spaces;
}

/** What `\s` matches. */
function isWhiteSpace(code: number): boolean {
  if (code < 0x80) {
    return code === space || (code >= tab && code <= carriageReturn);
  }
  if (code < oghamSpace || code > ideographicSpace) {
    return code === noBreakSpace || code === byteOrderMark;
  }
  return (code >= 0x2000 && code <= 0x200a) || otherSpaces.has(code);
}

function isLineBreak(code: number): boolean {
  return code === lineFeed || code === carriageReturn || code === lineSeparator || code === paragraphSeparator;
}
