import { choose } from '../seeded-random.ts';
import type { Edit } from './edit.ts';
import { findSentences } from './find-sentences.ts';

/** Says the same again and again: the whole text, its beginning, or one sentence where it should have gone on. */
export const repeatInLoop: Edit = (text, random) => {
  const sentences = findSentences(text).map(({ start, end }) => text.slice(start, end).trim());
  const long = sentences.filter((sentence) => sentence.length >= 20);
  const sentence = choose(long, random);
  const beginning = sentences.slice(0, Math.ceil(sentences.length / 3)).join(' ');
  const loops: readonly string[] = [
    `${text}\n\n${text}`,
    repeat(beginning, text.length),
    ...(sentence === undefined
      ? []
      : [repeat(sentence, text.length), `${text}\n\n${repeat(sentence, text.length / 2)}`]),
  ];
  return text.trim() === '' ? undefined : choose(loops, random);
};

/** At least three times, and about as long as it should be. */
function repeat(text: string, characters: number): string {
  const times = Math.max(3, Math.round(characters / (text.length + 1)));
  return Array.from({ length: times }, () => text).join(' ');
}
