const mostCharacters = 20_000;

/** A page as the scorer's authors feed it: no quoted ellipsis at its beginning, no markup of images, 20,000 characters. */
export function cleanPage(text: string): string {
  const cleaned = text.replace(leadingEllipsis, '').replace(imageMarkup, '').trim();
  // A character has at most two units, so the rest of a long text need not be looked at.
  return [...cleaned.slice(0, 2 * mostCharacters)].slice(0, mostCharacters).join('');
}

const leadingEllipsis = /^\s*["“](?:\.{3}|…)["”]?/;

/** `![words](address "title")`, `![words][name]`, `<img ...>`. No part may hold its own opening mark, so the search is linear. */
const imageMarkup = /!\[[^[\]\n]*\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^[\]\n]*\])|<img\b[^<>]*>/gi;
