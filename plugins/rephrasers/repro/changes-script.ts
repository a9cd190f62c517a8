/** Scripts of one language count together; Japanese writes three. */
const scripts: readonly RegExp[] = [
  /\p{Script=Latin}/gu,
  /\p{Script=Cyrillic}/gu,
  /\p{Script=Greek}/gu,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  /\p{Script=Hangul}/gu,
  /\p{Script=Arabic}/gu,
  /\p{Script=Hebrew}/gu,
  /\p{Script=Devanagari}/gu,
  /\p{Script=Bengali}/gu,
  /\p{Script=Gurmukhi}/gu,
  /\p{Script=Gujarati}/gu,
  /\p{Script=Tamil}/gu,
  /\p{Script=Telugu}/gu,
  /\p{Script=Kannada}/gu,
  /\p{Script=Malayalam}/gu,
  /\p{Script=Sinhala}/gu,
  /\p{Script=Thai}/gu,
  /\p{Script=Lao}/gu,
  /\p{Script=Khmer}/gu,
  /\p{Script=Myanmar}/gu,
  /\p{Script=Georgian}/gu,
  /\p{Script=Armenian}/gu,
  /\p{Script=Ethiopic}/gu,
];

const leastLetters = 20;

/** Whether most of a text is in a script that its source hardly uses: it was translated. A coarse check that does not err. */
export function changesScript(text: string, source: string): boolean {
  if (isLatinOnly(text) && isLatinOnly(source)) {
    return false;
  }
  const after = shareOfScripts(text);
  const before = shareOfScripts(source);
  const main = after.findIndex((share) => share >= 0.6);
  return main !== -1 && before.some((share) => share > 0) && (before[main] ?? 0) < 0.2;
}

function isLatinOnly(text: string): boolean {
  return !/[\u0370-\u1dff\u2c00-\u{10ffff}]/u.test(text);
}

/** All zero when there are too few letters to tell. */
function shareOfScripts(text: string): readonly number[] {
  const counts = scripts.map((script) => text.match(script)?.length ?? 0);
  const letters = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (letters < leastLetters ? 0 : count / letters));
}
