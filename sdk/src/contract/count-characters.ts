const firstLowHalf = 0xdc00;
const pairs = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Length in Unicode code points, the unit of every character count here; Python's `len` gives the same. */
export function countCharacters(text: string): number {
  // Every page is counted several times, and this takes half as long as a loop over its characters.
  return text.length - (text.match(pairs)?.length ?? 0);
}

/** Where the text stands `characters` code points after `from`, or at its end. */
export function advanceCharacters(text: string, from: number, characters: number): number {
  if (characters >= text.length - from) {
    return text.length;
  }
  let at = from;
  for (let passed = 0; passed < characters && at < text.length; passed += 1) {
    at += text.charCodeAt(at + 1) >= firstLowHalf && isInsidePair(text, at + 1) ? 2 : 1;
  }
  return at;
}

/** Whether `at` would cut one character in two. */
export function isInsidePair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}
