import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseMark } from './choose-mark.ts';

it('stands in no text, nor comes about where two pieces of texts are joined', () => {
  const texts = fc.array(fc.string({ maxLength: 60 }), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(texts, fc.nat(60), fc.nat(60), ([first = '', second = ''], head, tail) => {
      const mark = chooseMark([first, second]);
      // Pages that know the mark of their neighbours.
      const forged = `${first.slice(0, head)}${mark}${first.slice(head)}${mark.slice(0, 6)} ${mark.slice(6)}`;
      const chosen = chooseMark([forged, second]);
      for (const text of [forged, second, forged.slice(0, head) + forged.slice(-tail)]) {
        expect(text).not.toContain(chosen);
      }
    }),
  );
});

it('is the same for the same texts, and another for others', () => {
  expect(chooseMark(['a', 'b'])).toBe(chooseMark(['a', 'b']));
  const marks = [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'c'],
    ['ab', ''],
  ].map(chooseMark);
  expect(new Set(marks).size).toBe(marks.length);
});

it('gives way to a text that holds it', () => {
  const [mark] = [['a'], ['b']].map(chooseMark);
  for (let text = `a${mark}`, times = 0; times < 20; times += 1) {
    const next = chooseMark([text]);
    expect(text).not.toContain(next);
    text += next;
  }
});
