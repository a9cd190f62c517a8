import { choose } from '../seeded-random.ts';
import { type Edit, replaceIn } from './edit.ts';

// Parts of words, of addresses and of versions are no numbers that a reader would miss.
const number = /(?<![\p{L}\p{N}_/.:#=&?-])\d+(?:[.,:]\d+)*(?![\p{L}\p{N}_/]|[.:-]\p{L})/gu;

/** Changes one digit of one number. */
export const changeNumber: Edit = (text, random) => {
  const found = choose([...text.matchAll(number)], random);
  if (found === undefined) {
    return undefined;
  }
  const [digits] = found;
  const at = choose(
    [...digits.matchAll(/\d/g)].map(({ index }) => index),
    random,
  );
  if (at === undefined) {
    return undefined;
  }
  // 1 to 8 further on, never to 0, so that no number gets a zero in front.
  const old = Number(digits.charAt(at));
  const others = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((digit) => digit !== old);
  const by = replaceIn(digits, { start: at, end: at + 1, by: String(choose(others, random)) });
  return replaceIn(text, { start: found.index, end: found.index + digits.length, by });
};
