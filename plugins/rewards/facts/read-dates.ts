import type { Fact, ReadFacts } from './fact-kinds.ts';

const locales = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'ru', 'sv', 'tr'];

/** Long names of the months as they stand in dates of these languages, and the English short ones (others are words: "set", "out", "ago"). */
const monthNumbers: ReadonlyMap<string, string> = new Map([
  ...locales.flatMap((locale) => monthNames(locale, 'long')),
  ...monthNames('en', 'short'),
  ['sept', '09'],
]);

function monthNames(locale: string, style: 'long' | 'short'): [name: string, number: string][] {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: style, timeZone: 'UTC' });
  return Array.from({ length: 12 }, (_, month) => {
    const parts = format.formatToParts(Date.UTC(2020, month, 1));
    const name = parts.find(({ type }) => type === 'month')?.value ?? '';
    return [name.toLowerCase().replace('.', ''), String(month + 1).padStart(2, '0')];
  });
}

const month = `(?<month>${[...monthNumbers.keys()].sort((a, b) => b.length - a.length).join('|')})\\.?(?!\\p{L})`;
const day = '(?<day>\\d{1,2})(?:st|nd|rd|th|\\.|er|º)?';
const year = '(?<year>\\d{4})(?!\\d)';
const start = '(?<![\\p{L}\\p{N}])';

/** In the order in which they are tried. Every part is bounded, so each place of a text costs the same. */
const patterns: readonly RegExp[] = [
  // 2020-01-03, 2020-01-03T10:30
  `${start}(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})(?!\\d)`,
  // 2020年1月3日
  '(?<!\\d)(?:(?<year>\\d{4})年)?(?<month>\\d{1,2})月(?:(?<day>\\d{1,2})日)?',
  // 3 January 2020, 3rd of January, 3. Januar 2020, 3 de enero de 2020
  `${start}${day}\\s{1,3}(?:of |de )?${month}(?:,?\\s{1,3}(?:of |de )?${year})?`,
  // January 3, 2020 and January 3
  `${start}${month}\\s{1,3}(?<day>\\d{1,2})(?:st|nd|rd|th)?(?!\\d)(?:,?\\s{1,3}${year})?`,
  // January 2020
  `${start}${month},?\\s{1,3}(?:of |de )?${year}`,
  // 03/02/2021 and 3.2.2021 stay as written: which is the month depends on the country
  '(?<![\\d/.])(?<written>\\d{1,2}([/.])\\d{1,2}\\2\\d{2,4})(?![\\d/])',
  // 10:30, 10:30:15, 2:30 pm
  '(?<![\\d:])(?<hour>\\d{1,2}):(?<minute>\\d{2})(?<second>:\\d{2})?(?![\\d:])(?:\\s?(?<half>[ap])\\.?m\\b\\.?)?',
].map((pattern) => new RegExp(pattern, 'giu'));

/** Dates as `2020-01-03`, `01-03` or `2020-01`, and times of the day as `14:30`. */
export function readDates(text: string): ReadFacts {
  const facts: Fact[] = [];
  const rest = patterns.reduce(
    (left, pattern) =>
      left.replace(pattern, (...match) => {
        facts.push({ kind: 'date', value: writeDate(match.at(-1) as DateParts) });
        return ' ';
      }),
    text,
  );
  return { facts, rest };
}

type DateParts = Readonly<
  Partial<Record<'year' | 'month' | 'day' | 'written' | 'hour' | 'minute' | 'second' | 'half', string>>
>;

function writeDate(parts: DateParts): string {
  if (parts.written !== undefined) {
    return parts.written;
  }
  if (parts.hour !== undefined) {
    const half = parts.half?.toLowerCase();
    const hour = half === undefined ? Number(parts.hour) : (Number(parts.hour) % 12) + (half === 'p' ? 12 : 0);
    return `${hour}:${parts.minute}${parts.second ?? ''}`;
  }
  const month = monthNumbers.get(parts.month?.toLowerCase() ?? '') ?? parts.month?.padStart(2, '0');
  return [parts.year, month, parts.day?.padStart(2, '0')].filter((part) => part !== undefined).join('-');
}
