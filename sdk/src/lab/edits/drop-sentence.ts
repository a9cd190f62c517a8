import { choose } from '../seeded-random.ts';
import { type Edit, replaceIn } from './edit.ts';
import { findSentences } from './find-sentences.ts';

/** Shorter ones are headings and menus more often than statements. */
const fewestCharacters = 40;

/** Leaves one sentence out. */
export const dropSentence: Edit = (text, random) => {
  const sentences = findSentences(text);
  const long = sentences.filter(({ start, end }) => text.slice(start, end).trim().length >= fewestCharacters);
  const dropped = sentences.length < 2 ? undefined : choose(long, random);
  if (dropped === undefined) {
    return undefined;
  }
  // The line break behind it stays.
  const { start } = dropped;
  const end = start + text.slice(start, dropped.end).replace(/\s*\n\s*$/, '').length;
  return replaceIn(text, { start, end, by: '' }).trim();
};
