import type { Fact, ReadFacts } from './fact-kinds.ts';
import { findUnit } from './units.ts';
import { shiftDecimals, writeNumbers } from './write-number.ts';

// The digits are one run and everything before them is bounded: linear time, also on a megabyte of digits or letters.
const number =
  /(?<sign>(?<![\p{L}\p{N}])[-−])?(?:(?<currency>US\$|[$€£¥₹]|(?<!\p{L})(?:USD|EUR|GBP) )\s?)?(?<letters>[A-Za-z]{0,8})(?<run>\d+(?:[.,'’]\d+)*)/gu;
const listMark = /^[ \t]*\(?\d{1,3}[.)](?=\s)/gm;
// On the same line: what stands below a number is the next item.
const scaleBehind = /(?:[^\S\n\r]|-)?(thousand|million|billion|trillion|mn|bn|[kmb])(?![\p{L}\p{N}])/iuy;
const unitBehind = /(?:[^\S\n\r]|-)?(US\$|°[CF]?|[%٪％$€£¥₹円]|k?m²|km\/h|[A-Za-z]{1,12}2?)(?![\p{L}\p{N}])/uy;
const lettersBehind = /[A-Za-z]{1,8}/y;

const scales: Readonly<Record<string, number>> = {
  thousand: 3,
  k: 3,
  million: 6,
  mn: 6,
  m: 6,
  billion: 9,
  bn: 9,
  b: 9,
  trillion: 12,
};

/** Numbers, with their unit or currency where one stands beside them (`5 km`), and codes such as `mp3`. Numbers of a list are none. */
export function readNumbers(text: string): ReadFacts {
  const source = text.replace(listMark, ' ');
  const facts: Fact[] = [];
  const rest: string[] = [];
  let end = 0;
  for (let match = number.exec(source); match !== null; match = number.exec(source)) {
    rest.push(source.slice(end, match.index), ' ');
    const { values, unit, next } = readBehind(source, number.lastIndex, match.groups as unknown as NumberParts);
    for (const [index, value] of values.entries()) {
      const measured = unit !== undefined && index === values.length - 1;
      facts.push(measured ? { kind: 'unit', value: `${value} ${unit}` } : { kind: 'number', value });
    }
    end = next;
    number.lastIndex = next;
  }
  rest.push(source.slice(end));
  return { facts, rest: rest.join('') };
}

interface NumberParts {
  readonly sign?: string;
  readonly currency?: string;
  readonly letters: string;
  readonly run: string;
}

/** The values of a match once what stands behind its digits is known: a scale, a unit, an ordinal's ending, other letters. */
function readBehind(source: string, at: number, { sign, currency, letters, run }: NumberParts) {
  const before = findUnit(currency?.trim() ?? letters);
  const code = before === undefined ? letters.toLowerCase() : '';
  let values = writeNumbers(run).map((value, index) =>
    index === 0 ? `${sign === undefined ? '' : '-'}${code}${value}` : value,
  );
  let next = at;
  const scale = match(scaleBehind, source, next);
  // One letter is a scale behind an amount of money ($5m); elsewhere it is a unit or a name (5 m, 4K).
  if (scale !== undefined && (scale.word.length > 1 || before !== undefined)) {
    const places = scales[scale.word.toLowerCase()] ?? 0;
    values = [...values.slice(0, -1), shiftDecimals(values.at(-1) ?? '', places)];
    next = scale.end;
  }
  const behind = match(unitBehind, source, next);
  const unit = behind === undefined ? undefined : findUnit(behind.word);
  if (behind !== undefined && unit !== undefined) {
    return { values, unit, next: before === undefined ? behind.end : next };
  }
  const ending = next === at ? match(lettersBehind, source, next) : undefined;
  if (ending !== undefined) {
    const ordinal = /^(?:st|nd|rd|th)$/i.test(ending.word);
    values = ordinal ? values : [...values.slice(0, -1), `${values.at(-1)}${ending.word.toLowerCase()}`];
    next = ending.end;
  }
  return { values, unit: before, next };
}

function match(pattern: RegExp, source: string, at: number): { word: string; end: number } | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(source);
  return found === null ? undefined : { word: found[1] ?? found[0], end: pattern.lastIndex };
}
