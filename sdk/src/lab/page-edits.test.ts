import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNames } from './edits/find-names.ts';
import { pageEdits } from './page-edits.ts';
import { seededRandom } from './seeded-random.ts';

const page = `Opening times of the mill

The mill was built in 1874 by Anna Berg, and it ran until 12 March 1931. It could grind 40 kg of rye an hour. The heirs of the late miller sold it to Conrad Vale of the town council, who did not repair the wheel and left it to a firm from Hallowfield.

- Open from 10:00 to 16:00
- Tickets cost 5.50
- Closed in January

Children should stay away from the wheel. It isn't safe. 🌾 Read more at https://example.org/mill7.`;

const edit = (kind: string, text: string, seed: number) => pageEdits[kind]?.(text, seededRandom(seed, kind));
const texts = fc
  .array(
    fc.constantFrom(
      'The mill was built in 1874 by Anna Berg and the council. ',
      '- Open from 10:00 to 16:00\n',
      '2) Bread 🍞\n',
      'Das Rad dreht sich nicht. ',
      '磨坊建于1874年。',
      '\n\n',
      ' ',
      'It is not known to the town of Vale why. ',
      '👩‍🌾👩‍🌾👩‍🌾',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const seeds = fc.integer({ min: 0, max: 1000 });
const kinds = Object.keys(pageEdits);

describe.each(kinds)('the edit %s', (kind) => {
  it('gives the same for the same seed, well-formed, and something else than it was given', () => {
    for (const any of [texts, fc.string({ unit: 'binary' })]) {
      fc.assert(
        fc.property(any, seeds, (text, seed) => {
          const edited = edit(kind, text, seed);
          expect(edit(kind, text, seed)).toBe(edited);
          if (edited !== undefined) {
            expect(edited.isWellFormed()).toBe(true);
            expect(edited).not.toBe(text);
          }
        }),
        { numRuns: 60 },
      );
    }
  });

  it('finds something to change in a usual page, and not always the same', () => {
    const edited = Array.from({ length: 20 }, (_, seed) => edit(kind, page, seed));
    expect(edited.every((text) => text !== undefined && text !== page)).toBe(true);
    expect(new Set(edited).size).toBeGreaterThan(kind === 'list-flattened' ? 0 : 1);
  });
});

const each = (kind: string, check: (edited: string) => void) => {
  for (let seed = 0; seed < 50; seed += 1) {
    check(edit(kind, page, seed) ?? expect.unreachable());
  }
};

describe('what an edit changes', () => {
  it('is one digit of one number, and never one of an address', () => {
    each('number-changed', (edited) => {
      expect(edited).toHaveLength(page.length);
      const changed = [...page].flatMap((character, at) => (character === [...edited][at] ? [] : [character]));
      expect(changed).toHaveLength(1);
      expect(changed[0]).toMatch(/\d/);
      expect(edited).toContain('mill7');
    });
  });

  it('is one "not" more or less', () => {
    const negations = (text: string) => text.match(/\bnot\b|n't\b|\bcannot\b/g)?.length ?? 0;
    each('negation-flipped', (edited) => expect(Math.abs(negations(edited) - negations(page))).toBe(1));
    expect(edit('negation-flipped', 'Die Mühle was 1874 gebaut.', 1)).toBeUndefined();
  });

  it('is one name, everywhere', () => {
    each('name-replaced', (edited) => {
      const [before, after] = [page, edited].map((text) => findNames(text).map(({ name }) => name));
      const gone = before?.filter((name) => !after?.includes(name)) ?? [];
      expect(gone).toHaveLength(1);
      expect(edited).not.toContain(gone[0]);
    });
  });

  it('is two names that trade places', () => {
    each('roles-exchanged', (edited) => {
      expect([...edited].toSorted()).toEqual([...page].toSorted());
      const names = findNames(page).map(({ name }) => name);
      expect(names.filter((name) => edited.indexOf(name) !== page.indexOf(name)).length).toBeGreaterThanOrEqual(2);
    });
    expect(edit('roles-exchanged', 'It was sold by Ann and Ben.', 1)).toBeUndefined();
  });

  it('is one sentence that is missing', () => {
    each('sentence-dropped', (edited) => {
      expect(page.length - edited.length).toBeGreaterThanOrEqual(39);
      const missing = page.length - edited.length;
      const starts = Array.from({ length: edited.length + 1 }, (_, start) => start);
      const without = (start: number) => page.slice(0, start) + page.slice(start + missing);
      expect(starts.some((start) => without(start) === edited)).toBe(true);
    });
  });

  it('is the marks of lists and nothing else', () => {
    const words = (text: string) => text.match(/[\p{L}\d.:]+/gu);
    const edited = edit('list-flattened', page, 1) ?? '';
    expect(words(edited)).toEqual(words(page));
    expect(edited).toContain('\nOpen from 10:00 to 16:00; Tickets cost 5.50; Closed in January\n');
    expect(edit('list-flattened', 'One line.\n- only one item\nAnother.', 1)).toBeUndefined();
  });

  it('is the end that is missing, in the middle of a sentence', () => {
    each('cut-off', (edited) => {
      expect(page.startsWith(edited)).toBe(true);
      expect(edited.length / page.length).toBeGreaterThan(0.3);
      expect(edited.length / page.length).toBeLessThanOrEqual(0.8);
      expect(edited).toMatch(/[\p{L}\d🌾]$/u);
    });
  });

  it('is something said again and again', () => {
    const saysTwice = (text: string) =>
      Array.from({ length: Math.max(0, text.length - 20) }, (_, at) => text.slice(at, at + 20)).some(
        (words, at) => text.indexOf(words, at + 1) !== -1,
      );
    expect(saysTwice(page)).toBe(false);
    each('loop', (edited) => expect(saysTwice(edited)).toBe(true));
  });

  it('is what is added, around or behind the whole page', () => {
    each('filler', (edited) => {
      expect(edited.startsWith(page)).toBe(true);
      expect(edited.length / page.length).toBeGreaterThan(1.25);
    });
    each('boilerplate-added', (edited) => {
      expect(edited).toContain(page);
      expect(edited.startsWith(page) || edited.endsWith(page)).toBe(false);
    });
  });
});
