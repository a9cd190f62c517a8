import { type LikelihoodRequest, splitText } from '@repro/sdk/contract';

/**
 * A text as pieces of at most so many characters, each to be predicted from the piece before it. The white space before
 * a piece belongs to it, as tokenizers have it; that at the end of the text is left out.
 */
export function windowsOf(text: string, maxCharacters: number): readonly LikelihoodRequest[] {
  const pieces = splitText(text, { maxCharacters }).map(({ before, text: piece }) => before + piece);
  return pieces.map((continuation, index) => ({ context: pieces[index - 1] ?? '', continuation }));
}
