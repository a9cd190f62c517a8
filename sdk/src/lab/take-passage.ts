import { splitText } from '../contract/split-text.ts';

/** As long as passages of a page usually are, and short enough that a thousand are scored in minutes. */
const mostCharacters = 1500;
const fewestCharacters = 300;

/** The first passage of a page that is long enough to have something changed in it. */
export function takePassage(page: string): string | undefined {
  return splitText(page, { maxCharacters: mostCharacters })
    .map(({ text }) => text)
    .find((text) => text.length >= fewestCharacters);
}
