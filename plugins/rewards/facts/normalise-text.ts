/** One spelling for what only looks different: decimal digits of every script, groups of three cut by a narrow space, number words of English. */
export function normaliseText(text: string, language: string | undefined): string {
  const digits = text
    .normalize('NFC')
    .replace(/(?![0-9])\p{Nd}/gu, asciiDigit)
    .replace(/(?<=\d)[\u00a0\u202f\u2009\u066c](?=\d{3}(?!\d))/g, '')
    .replace(/(?<=\d)\u066b(?=\d)/g, '.');
  return language === 'en' ? digits.replace(numberWords, writeDigits) : digits;
}

// Digits of a script follow each other from 0; those that are styled ASCII digits say so by their compatibility form.
function asciiDigit(digit: string): string {
  const plain = digit.normalize('NFKC');
  if (/[0-9]/.test(plain)) {
    return plain;
  }
  const codePoint = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(codePoint - value - 1))) {
    value += 1;
  }
  return String(value);
}

// "one" is more often a pronoun than a number, "second" a unit.
const small = 'two three four five six seven eight nine ten eleven twelve'.split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const numberWords = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?<tens>${tens.join('|')})(?:[ -](?<ones>one|${small.slice(0, 8).join('|')}))?|(?<small>${small.join('|')}))(?![\\p{L}\\p{N}])`,
  'giu',
);

function writeDigits(...match: readonly unknown[]): string {
  const words = match.at(-1) as { readonly tens?: string; readonly ones?: string; readonly small?: string };
  const value = (word: string | undefined) =>
    word === undefined ? 0 : word.toLowerCase() === 'one' ? 1 : small.indexOf(word.toLowerCase()) + 2;
  const ten = words.tens === undefined ? 0 : 10 * (tens.indexOf(words.tens.toLowerCase()) + 2);
  return String(ten + value(words.ones ?? words.small));
}
