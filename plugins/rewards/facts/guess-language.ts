/** Words that are frequent in one of these languages and rarer in the others; each text gets a point per word. */
const functionWords: Readonly<Record<string, readonly string[]>> = {
  en: 'the and of is are was to with for this that'.split(' '),
  de: 'der die das und ist nicht ein eine mit für den'.split(' '),
  fr: 'le la les et des est une dans pour que du'.split(' '),
  es: 'el la los las y es una para que con del'.split(' '),
  pt: 'o os e é uma não para que com da do'.split(' '),
  it: 'il gli di è una per che con della sono'.split(' '),
  nl: 'de het een en van is niet voor met zijn'.split(' '),
};

// In this order: Japanese is written with Han characters too.
const scripts: readonly (readonly [language: string, letters: RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['zh', /\p{Script=Han}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
];

// The beginning of a text tells its language as well as the whole.
const sampleLength = 20_000;

/**
 * Rough: enough to choose a list of negations. Latin text without any of the words above counts as English; undefined
 * for scripts that have no list.
 */
export function guessLanguage(text: string): string | undefined {
  const sample = text.slice(0, sampleLength);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const latin = sample.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (latin * 2 < letters) {
    return scripts.find(([, pattern]) => (sample.match(pattern)?.length ?? 0) * 5 >= letters)?.[0];
  }
  const words = new Map<string, number>();
  for (const [word] of sample.toLowerCase().matchAll(/\p{L}+/gu)) {
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  const points = Object.entries(functionWords).map(([language, list]) => ({
    language,
    count: list.reduce((sum, word) => sum + (words.get(word) ?? 0), 0),
  }));
  return points.reduce((best, next) => (next.count > best.count ? next : best)).language;
}
