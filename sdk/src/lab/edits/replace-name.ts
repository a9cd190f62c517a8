import { choose } from '../seeded-random.ts';
import type { Edit } from './edit.ts';
import { findNames, placesOf } from './find-names.ts';

const otherNames = ['Ravensdale', 'Orlowski', 'Benedetta', 'Kessingham', 'Tamsin', 'Villareal', 'Ostrava', 'Maddox'];

/** Puts another name where one name stands, everywhere in the text. */
export const replaceName: Edit = (text, random) => {
  const found = choose(findNames(text), random);
  const other = choose(
    otherNames.filter((one) => !text.includes(one)),
    random,
  );
  return found && other && text.replaceAll(placesOf(found.name), () => other);
};
