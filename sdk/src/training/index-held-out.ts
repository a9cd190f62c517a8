/** Recognises what is measured on in what could be trained on. */
export interface HeldOutIndex {
  /** Whether a text is a part of a held-out one, or contains one of at least two windows, by their letters and digits. */
  holds(text: string): boolean;
}

/** Characters of a window. Of a longer one fewer stand in memory, and a shorter text is searched for in all of them. */
const width = 32;

/**
 * An index of texts by windows of their letters and digits. A text that is looked up is compared with those that share a
 * window with it, so that its cost does not grow with their number.
 */
export function indexHeldOut(texts: readonly string[]): HeldOutIndex {
  const whole = texts.map(wordsOf).filter((words) => words !== '');
  // No text has a space any more, so that nothing is found across two of them.
  const all = whole.join(' ');
  const places = new Map<string, number[]>();
  for (let at = 0; at + width <= all.length; at += width) {
    add(places, all.slice(at, at + width), at);
  }
  const beginnings = new Map<string, { readonly words: string; readonly at: number }[]>();
  for (const words of whole.filter(({ length }) => length >= 2 * width)) {
    for (let at = 0; at < width; at += 1) {
      add(beginnings, words.slice(at, at + width), { words, at });
    }
  }

  /** Every `width`th window is indexed: of the first ones of a text that stands anywhere in `all`, one is among them. */
  function isPart(words: string): boolean {
    if (words.length < 2 * width) {
      return all.includes(words);
    }
    for (let at = 0; at < width; at += 1) {
      const found = places.get(words.slice(at, at + width)) ?? [];
      if (found.some((place) => all.startsWith(words, place - at))) {
        return true;
      }
    }
    return false;
  }

  /** The other way round: every `width`th window of the text, and the first ones of those that it may contain. */
  function contains(words: string): boolean {
    for (let place = 0; place + width <= words.length; place += width) {
      const found = beginnings.get(words.slice(place, place + width)) ?? [];
      if (found.some(({ words: heldOut, at }) => words.startsWith(heldOut, place - at))) {
        return true;
      }
    }
    return false;
  }

  return {
    holds(text) {
      const words = wordsOf(text);
      return words !== '' && (isPart(words) || contains(words));
    },
  };
}

/**
 * Letters and digits alone: white space, punctuation, Markdown, accents and case are what differs between two readings of a
 * page (HTML tags, which have letters, stay). What it makes of a part of a text is a part of what it makes of the text (which is not so in small letters: a sigma is
 * another one at the end of a word).
 */
function wordsOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toUpperCase();
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) {
    map.set(key, [value]);
  } else {
    known.push(value);
  }
}
