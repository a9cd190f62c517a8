import { readRating } from '../judge/read-rating.ts';

export const lowestQuality = 1;
export const highestQuality = 5;

/** A letter for the domain of the page, then a rating by each of fourteen criteria, the last of them the overall one. */
const wholeAnswer = /^[A-Z](?:\s+[1-5]){13}\s+([1-5])$/;

/** The overall quality that a scorer gives: in the format of DataMan, or alone where its template asks for no more. */
export function readOverall(answer: string, judged: readonly string[]): number | undefined {
  const overall = wholeAnswer.exec(answer.trim())?.[1];
  return overall === undefined
    ? readRating(answer, { lowest: lowestQuality, highest: highestQuality }, judged)
    : Number(overall);
}
