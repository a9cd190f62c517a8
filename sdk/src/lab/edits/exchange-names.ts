import { choose } from '../seeded-random.ts';
import type { Edit } from './edit.ts';
import { findNames, type Name, placesOf } from './find-names.ts';

/** Closer names may be a list ("Ann and Ben"), whose order says nothing. */
const leastDistance = 40;

/** Has two names of a text trade places: who did it is now whom it was done to. */
export const exchangeNames: Edit = (text, random) => {
  const names = findNames(text);
  const couples = names.flatMap((one, at) =>
    names.slice(at + 1).flatMap((other) => (areApart(one, other) ? [[one.name, other.name] as const] : [])),
  );
  const couple = choose(couples, random);
  if (couple === undefined) {
    return undefined;
  }
  const [one, other] = couple;
  const either = new RegExp(`${placesOf(one).source}|${placesOf(other).source}`, 'gu');
  return text.replaceAll(either, (found) => (found === one ? other : one));
};

function areApart(one: Name, other: Name): boolean {
  const isPart = one.name.includes(other.name) || other.name.includes(one.name);
  return !isPart && Math.abs(one.index - other.index) >= leastDistance;
}
