const anyWord = /\p{L}[\p{L}\p{M}\p{N}'’-]*/gu;
const capitalised = /^[\p{Lu}\p{Lt}]/u;
const lowerCase = /^\p{Ll}/u;

// What stands before the first word of a sentence, a quotation or an item.
const opensSentence = /[.!?:;…"“”«»—–|•*]|(?:^|\s)['‘-]/u;

// A line with this share of capitals and no end of sentence is a title or a menu: its capitals name nothing.
const titleShare = 0.6;

/** Every word of a text in lower case, as the other text's names are looked up among them. */
export function readWords(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(anyWord), ([word]) => plainWord(word)));
}

/**
 * The words of capitalised names, each once: a faithful rewrite says "he" where the page repeats the name. Single words
 * and not whole names, so that "President Obama" and "Barack Obama" share one. The first word of a sentence is no sure
 * name. German writes every noun with a capital, so there a name needs two such words in a row. Scripts without case
 * have none.
 */
export function readNames(text: string, language: string | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of text.split(/[\n\r]/)) {
    const words = readLine(line);
    if (isTitle(line, words)) {
      continue;
    }
    for (const [at, { word, names: isName, gap }] of words.entries()) {
      const inRun = (gap === ' ' && words[at - 1]?.names) || (words[at + 1]?.gap === ' ' && words[at + 1]?.names);
      if (isName && (inRun || language !== 'de')) {
        names.add(plainWord(word));
      }
    }
  }
  return names;
}

interface Word {
  readonly word: string;
  /** What stands between the word before and this one. */
  readonly gap: string;
  /** Begins with a capital and is no single letter ("I"). */
  readonly upper: boolean;
  /** Is `upper` without being the first word of a sentence. */
  readonly names: boolean;
}

function readLine(line: string): readonly Word[] {
  let end = 0;
  return Array.from(line.matchAll(anyWord), ({ 0: word, index }) => {
    const gap = line.slice(end, index);
    end = index + word.length;
    const opens = gap.length === index || opensSentence.test(gap);
    const upper = capitalised.test(word) && /^.\p{L}/u.test(word);
    return { word, gap, upper, names: upper && !opens };
  });
}

function isTitle(line: string, words: readonly Word[]): boolean {
  const upper = words.filter((word) => word.upper).length;
  const lower = words.filter(({ word }) => lowerCase.test(word)).length;
  return upper >= titleShare * (upper + lower) && !/[.!?…]\P{L}*$/u.test(line.slice(-8));
}

/** Lower case, without a possessive or a quotation mark at its end. */
function plainWord(word: string): string {
  // Only where a run of marks begins, or a long run would be tried from each of its places.
  const bare = word.toLowerCase().replace(/(?<!['’-])['’-]+$/, '');
  return bare.replace(/['’]s$/, '');
}
