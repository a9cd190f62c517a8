import { choose } from '../seeded-random.ts';
import { type Edit, type Replacement, replaceIn } from './edit.ts';

const auxiliary = 'is|are|was|were|can|will|should|must|could|would';
const stated = new RegExp(
  `(?<!\\b(?:a|an|the|this|that|my|your|his|her|its|our|their) )\\b(?:${auxiliary})\\b(?! not\\b|n['’]t|[-'’])(?= \\p{Ll})`,
  'gu',
);
const denied = new RegExp(`\\b(?:${auxiliary}) not\\b(?! only)`, 'g');
const contracted = /\b(is|are|was|were|should|could|would|do|does|did|has|have|had)n['’]t\b/g;

/** So few of these words and the text is hardly English. */
const commonWords = /\b(?:the|and|of|to)\b/g;
const fewestCommonWords = 3;

/** Makes one statement of an English text its opposite: puts a "not" behind a verb, or takes one away. */
export const flipNegation: Edit = (text, random) => {
  if ((text.match(commonWords)?.length ?? 0) < fewestCommonWords) {
    return undefined;
  }
  const flips: readonly Replacement[] = [
    ...Array.from(text.matchAll(stated), ({ 0: verb, index }) => ({
      start: index,
      end: index + verb.length,
      by: verb === 'can' ? 'cannot' : `${verb} not`,
    })),
    ...Array.from(text.matchAll(denied), ({ 0: phrase, index }) => ({
      start: index,
      end: index + phrase.length,
      by: phrase.slice(0, -' not'.length),
    })),
    ...Array.from(text.matchAll(contracted), ({ 0: phrase, 1: verb = '', index }) => ({
      start: index,
      end: index + phrase.length,
      by: verb,
    })),
  ];
  const flip = choose(flips, random);
  return flip && replaceIn(text, flip);
};
