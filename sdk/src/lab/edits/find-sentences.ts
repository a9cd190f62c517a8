import type { Replacement } from './edit.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a text with the space behind them; what a line break ends counts as one. */
export function findSentences(text: string): readonly Omit<Replacement, 'by'>[] {
  return Array.from(segmenter.segment(text), ({ segment, index }) => ({ start: index, end: index + segment.length }));
}
