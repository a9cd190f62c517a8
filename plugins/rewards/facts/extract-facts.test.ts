import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractFacts } from './extract-facts.ts';
import { type FactKind, factKinds } from './fact-kinds.ts';
import { guessLanguage } from './guess-language.ts';

const factsOf = (text: string, kind: FactKind, language = 'en') =>
  Array.from(extractFacts(text, language).facts[kind]).flatMap(([value, times]) => Array<string>(times).fill(value));

describe('numbers', () => {
  it.each([
    ['1,000 and 1000', ['1000', '1000']],
    ["1'000.50 and 1.000,50", ['1000.50', '1000.50']],
    ['1\u202f000\u202f000', ['1000000']],
    ['1.5 and 5.00', ['1.5', '5']],
    ['two of twenty-one birds', ['2', '21']],
    ['5.25 million and 3 thousand', ['5250000', '3000']],
    ['the 21st of them', ['21']],
    ['an MP3 of the 1990s, v1.2.3', ['mp3', '1990s', 'v1.2.3']],
    ['from -5 up to 5', ['-5', '5']],
    ['10-20, 1,2,3', ['10', '20', '1', '2', '3']],
    ['٣٥٫٥ १२३ ５ 𝟓', ['35.5', '123', '5', '5']],
    ['共30个人', ['30']],
    ['1. Mix.\n2) Bake.\n(3) Eat 4.', ['4']],
  ])('reads %j', (text, expected) => {
    expect(factsOf(text, 'number')).toEqual(expected);
  });
});

describe('units', () => {
  it.each([
    ['5 km, 5-kilometre, 5km, five kilometers', ['5 km', '5 km', '5 km', '5 km']],
    ['10 MB and 10 Mb', ['10 MB']],
    ['50%, 50 percent', ['50 %', '50 %']],
    ['$5, 5 dollars, USD 5, US$5', ['5 $', '5 $', '5 $', '5 $']],
    ['$1,200.50 and €3 million and $5m', ['1200.50 $', '3000000 €', '5000000 $']],
    ['-5 °C and 350°F', ['-5 °C', '350 °F']],
  ])('reads %j', (text, expected) => {
    expect(factsOf(text, 'unit')).toEqual(expected);
  });

  it('takes no unit for a number as well', () => {
    expect(factsOf('5 km', 'number')).toEqual([]);
  });
});

describe('dates', () => {
  it.each([
    ['2020-01-03', ['2020-01-03']],
    ['3 January 2020', ['2020-01-03']],
    ['Jan 3, 2020', ['2020-01-03']],
    ['the 3rd of January, 2020', ['2020-01-03']],
    ['am 3. Januar 2020', ['2020-01-03']],
    ['3 de enero de 2020', ['2020-01-03']],
    ['3 января 2020', ['2020-01-03']],
    ['2020年1月3日', ['2020-01-03']],
    ['May 5', ['05-05']],
    ['in March 2020', ['2020-03']],
    ['03/02/2021', ['03/02/2021']],
    ['10:30, 2:30 pm, 12:05 a.m.', ['10:30', '14:30', '0:05']],
  ])('reads %j', (text, expected) => {
    expect(factsOf(text, 'date')).toEqual(expected);
    expect(factsOf(text, 'number')).toEqual([]);
  });
});

describe('links', () => {
  it('reads addresses without the sentence around them', () => {
    const text = 'See https://www.Example.com/a_(b), (http://x.org/), www.y.org/z?q=1. Or ask Bob.X@mail.example.org.';
    expect(factsOf(text, 'link')).toEqual(['example.com/a_(b)', 'x.org', 'y.org/z?q=1', 'bob.x@mail.example.org']);
  });
});

describe('names', () => {
  it.each([
    ['She met President Barack Obama and Obama’s wife in Paris.', ['president', 'barack', 'obama', 'paris']],
    ['The mill. It ran. “She did,” he said: Yes.', []],
    ['About Us | Contact Us | Our Shop', []],
    ['Then I saw Élodie Dupont.', ['élodie', 'dupont']],
    ['磨坊建于河边。 नमस्ते दुनिया', []],
  ])('reads %j', (text, expected) => {
    expect(factsOf(text, 'name')).toEqual(expected);
  });

  it('asks for two words in German, where every noun has a capital', () => {
    const text = 'Der Hund lief mit dem Ball zu Angela Merkel.';
    expect(factsOf(text, 'name', 'de')).toEqual(['angela', 'merkel']);
  });
});

describe('negations', () => {
  it.each([
    ['It is not, isn’t and never was; no, none.', 5],
    ['Not only is it No. 5, it is a knot.', 0],
    ['Das ist nicht gut und keine Mühle, die den Müller ernährt.', 2],
    ['Le moulin n’est pas dans la ville et les gens sont là.', 1],
    ['Мельница не стоит.', 1],
    ['磨坊没有运转。', 1],
    ['水車は動かない。', 1],
  ])('counts those of %j in its language', (text, count) => {
    expect(factsOf(text, 'negation', guessLanguage(text))).toHaveLength(count);
  });
});

describe('any text', () => {
  it('is read without an error, and twice the same', () => {
    const piece = fc.constantFrom(
      '1',
      ',',
      '.',
      '-',
      '$',
      ' ',
      '\n',
      'Jan ',
      'a@b.c',
      'http://',
      "n't ",
      '٣',
      'Ab',
      '不',
      '(',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (anyText) => {
        const language = guessLanguage(anyText);
        expect(extractFacts(anyText, language)).toEqual(extractFacts(anyText, language));
      }),
    );
  });

  it('that is joined from two by a paragraph has the facts of both', () => {
    const sentence = fc.constantFrom(
      'Pay $5 on May 5, 2020.',
      'It is not 3 km to Rome.',
      'Ask a@b.org about 1,000.',
      'Yes.',
    );
    fc.assert(
      fc.property(fc.array(sentence), fc.array(sentence), (left, right) => {
        for (const kind of factKinds.filter((each) => each !== 'name')) {
          const [first, second] = [left.join('\n'), right.join('\n')];
          const both = [...factsOf(first, kind), ...factsOf(second, kind)];
          expect(factsOf(`${first}\n\n${second}`, kind).sort()).toEqual(both.sort());
        }
      }),
    );
  });

  it.each([
    '1',
    '1,',
    '5 ',
    'a',
    'A',
    'Aa ',
    'a@',
    'a.',
    ')',
    ' ',
    "'",
    "n't ",
    'may ',
    'twenty-',
    '$',
    '٣',
    '不',
    '1.000',
  ])('made of %j takes time in proportion to its length', (piece) => {
    // What most texts are full of, a megabyte of it; of the others less is enough to find a quadratic pattern.
    const length = piece === '1' || piece === 'a' ? 1_000_000 : 200_000;
    const text = `http://a.b/a${piece.repeat(length / piece.length)}a`;
    const started = performance.now();
    extractFacts(text, 'en');
    extractFacts(text.slice(11), 'en');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
