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

export function splitText(text: string, limits: SplitLimits): readonly TextPiece[] {
  throw new Error(`to be written: ${text.length} ${limits.maxCharacters}`);
}
