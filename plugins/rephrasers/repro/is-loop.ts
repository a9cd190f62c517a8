/** Shortest run of repeats at the end that counts, in UTF-16 units and in repeats. */
const leastTail = 60;
const leastRepeats = 4;
/** Longest unit is a quarter of this. */
const longestTail = 4000;

/** Shortest text whose repeats are counted, and the length of the stretches that are compared. */
const leastText = 200;
const stretch = 12;
/** Of 1,000 web pages none repeats more than 0.26 of itself. */
const mostRepeated = 0.4;
/** How much more than its source a text may repeat. */
const mostAdded = 0.2;

/**
 * Whether a model got stuck: the text ends in a run of repeats, or much of it was there before. What the source
 * repeats too, as tables and lists do, is no loop. Counts characters and not words, so it reads every script alike.
 */
export function isLoop(text: string, source: string): boolean {
  const unit = repeatedAtEnd(text.slice(-longestTail));
  if (unit !== undefined && !source.includes(unit.repeat(leastRepeats - 1))) {
    return true;
  }
  const words = withoutMarks(text);
  if (words.length < leastText) {
    return false;
  }
  const repeated = repeatedShare(words);
  return repeated > mostRepeated && repeated > repeatedShare(withoutMarks(source)) + mostAdded;
}

/** The unit of the run at the end: the shortest period of its longest periodic ending. */
function repeatedAtEnd(text: string): string | undefined {
  // Prefix function of the reversed text: `borders[n]` is the longest beginning of its first n + 1 units that ends them too.
  const borders = new Int32Array(text.length);
  const reversed = (index: number) => text.charCodeAt(text.length - 1 - index);
  for (let end = 1, border = 0; end < text.length; end += 1) {
    while (border > 0 && reversed(end) !== reversed(border)) {
      border = borders[border - 1] ?? 0;
    }
    border += reversed(end) === reversed(border) ? 1 : 0;
    borders[end] = border;
    const length = end + 1;
    const period = length - border;
    if (length >= leastTail && length >= period * leastRepeats) {
      const unit = text.slice(-period);
      return /[\p{L}\p{N}]/u.test(unit) ? unit : undefined; // a rule of dashes is no loop
    }
  }
  return undefined;
}

/** Rules and borders of tables repeat in every text. */
function withoutMarks(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ');
}

/** Share of the text's short stretches that stood in it before. */
function repeatedShare(text: string): number {
  const seen = new Set<string>();
  const stretches = text.length - stretch + 1;
  for (let at = 0; at < stretches; at += 1) {
    seen.add(text.slice(at, at + stretch));
  }
  return stretches > 0 ? 1 - seen.size / stretches : 0;
}
