import { advanceCharacters, isInsidePair } from './count-characters.ts';
import type { SplitLimits } from './split-text.ts';

/** Typical of English; only the first guess. */
const charactersPerToken = 4;
/** Counting tokens is what costs time: a window is good enough within this share of the longest one. */
const tolerance = 0.03;
/** A few suffice for any real tokenizer; the bound is for a counter that makes no sense. */
const mostGuesses = 24;

/** Whether a text keeps within the token limit. */
export function fitsTokens(text: string, { maxTokens, countTokens }: SplitLimits): boolean {
  return maxTokens === undefined || countTokens === undefined || countTokens(text) <= maxTokens;
}

/** How far a piece that begins at `from` may reach: nearly as far as the limits allow, and at least one character. */
export function fitWindow(text: string, from: number, limits: SplitLimits): number {
  const furthest = advanceCharacters(text, from, Math.max(1, limits.maxCharacters));
  const { maxTokens, countTokens } = limits;
  if (maxTokens === undefined || countTokens === undefined) {
    return furthest;
  }
  let fitting = from;
  let tooFar = furthest + 1;
  let guess = Math.min(furthest, from + Math.max(1, maxTokens) * charactersPerToken);
  for (let guesses = 0; guesses < mostGuesses; guesses += 1) {
    const end = isInsidePair(text, guess) ? guess + 1 : guess;
    const tokens = countTokens(text.slice(from, end));
    if (tokens <= maxTokens) {
      fitting = Math.max(fitting, end);
    } else {
      tooFar = Math.min(tooFar, end);
    }
    const open = tooFar - fitting;
    if (fitting === furthest || open <= 1 || open <= (fitting - from) * tolerance) {
      break;
    }
    // In proportion, kept off the ends of what is still open, and never far beyond what has been counted.
    const inProportion = from + (end - from) * (maxTokens / Math.max(1, tokens)) * (1 - tolerance / 2);
    const highest = Math.min(tooFar - open / 8, from + 4 * (end - from));
    guess = Math.min(
      furthest,
      Math.max(fitting + 1, Math.floor(Math.min(highest, Math.max(fitting + open / 8, inProportion)))),
    );
  }
  return fitting > from ? fitting : advanceCharacters(text, from, 1);
}
