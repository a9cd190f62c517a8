/** What pages are made of: Latin with accents, Greek, Cyrillic, Chinese, Arabic, signs and emoji of several code points. */
const sentences = [
  'The mill was built in 1874 and ground rye until 1931. ',
  'Größere Höfe lieferten bis zu fünf Fuhren täglich, à 12 €. ',
  'Ο μύλος χτίστηκε δίπλα στο ποτάμι. ',
  'Мельница стоит у реки с 1874 года. ',
  '磨坊建于一八七四年，一直使用到一九三一年。',
  'بنيت الطاحونة قرب النهر. ',
  '“Quoted” – 3 × 4 ≤ 12 \\ “tab\there”\n',
  '👩‍🔬 🇳🇱 👍🏽 ',
];

/** `count` different texts of at least `bytes` bytes of UTF-8 each, and hardly more. */
export function mixedTexts(count: number, bytes: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => mixedText(index, bytes));
}

export function mixedText(number: number, bytes: number): string {
  let text = `${number}. `;
  for (let at = number; Buffer.byteLength(text) < bytes; at += 1) {
    text += sentences[at % sentences.length];
  }
  return text;
}
