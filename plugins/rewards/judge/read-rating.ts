import { plainWords } from './plain-words.ts';

/** The whole numbers that a judge was asked to choose from, both ends included. */
export interface Scale {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The rating that an answer consists of: `4`, `4/5`, `5.0 (very good)`, `Score: 3`, or a last sentence like the latter.
 * A number inside a sentence, a second rating, a fraction or a number off the scale is no rating. Nor is one that stands
 * in a judged text with the same label: the judge may be repeating it.
 */
export function readRating(answer: string, scale: Scale, judged: readonly string[]): number | undefined {
  const words = plainWords(answer);
  const { index = 0, groups } = bareRating.exec(words) ?? labelledRating.exec(words) ?? {};
  if (groups?.rating === undefined || anyLabel.test(words.slice(0, index))) {
    return undefined;
  }
  const { label = '', rating, outOf = scale.highest } = groups;
  if (label !== '' && judged.some((text) => withoutSpaces(text).includes(withoutSpaces(label + rating)))) {
    return undefined;
  }
  const value = Number(rating);
  return value >= scale.lowest && value <= scale.highest && Number(outOf) === scale.highest ? value : undefined;
}

const number = String.raw`(?<rating>\d{1,3})(?:\.0+)?(?: ?/ ?(?<outOf>\d{1,3}))?(?: ?\([^()\d]*\))?[.!]?$`;
const label = '(?:(?:final|overall|my) )?(?:score|rating|verdict|answer|grade) ?[:=]';
const bareRating = new RegExp(`^${number}`);
/** At the beginning of a sentence or a line. */
const labelledRating = new RegExp(`(?:^|(?<=[.!?] |\\n))(?<label>${label})\\s?${number}`);
const anyLabel = new RegExp(`\\b${label}`);

function withoutSpaces(text: string): string {
  return plainWords(text).replace(/\s+/g, '');
}
