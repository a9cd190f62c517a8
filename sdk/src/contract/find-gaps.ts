/** Where a stretch of text may be cut: positions at which the text before a gap ends. The gap itself is white space or nothing. */
export type FindGaps = (stretch: string) => readonly number[];

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

function findParagraphGaps(stretch: string): readonly number[] {
  return gapsWhere(stretch, (space) => (space.match(lineBreak)?.length ?? 0) >= 2);
}

/** A line break before a small letter is taken for a wrapped line. */
function findLineGaps(stretch: string): readonly number[] {
  return gapsWhere(stretch, (space, next) => space.search(lineBreak) !== -1 && !/^\p{Ll}/u.test(next));
}

/** The segmenter also ends a sentence at every line break; those without a full stop are not taken. */
function findSentenceGaps(stretch: string): readonly number[] {
  return [...sentences.segment(stretch)]
    .slice(0, -1)
    .map(({ segment, index }) => ({ sentence: segment.trimEnd(), index }))
    .filter(({ sentence }) => /[\p{Sentence_Terminal}…]["'”’»)\]]*$/u.test(sentence.slice(-8)))
    .map(({ sentence, index }) => index + sentence.length);
}

function findWhiteSpace(stretch: string): readonly number[] {
  return gapsWhere(stretch, () => true);
}

/** For scripts that write no spaces. */
function findWordGaps(stretch: string): readonly number[] {
  return [...words.segment(stretch)]
    .filter(({ isWordLike, index }) => isWordLike && /\S/.test(stretch.charAt(index - 1)))
    .map(({ index }) => index);
}

const lineBreak = /\r\n|[\n\r\u2028\u2029]/g;

function gapsWhere(stretch: string, accepts: (space: string, next: string) => boolean): readonly number[] {
  return [...stretch.matchAll(/\s+/g)]
    .filter(({ 0: space, index }) => {
      const end = index + space.length;
      return accepts(space, stretch.slice(end, end + 2));
    })
    .map(({ index }) => index);
}
