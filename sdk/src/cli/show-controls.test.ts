import { expect, it } from 'vitest';
import { escapeControls, showControls, showOnOneLine } from './show-controls.ts';

const everyCharacter = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => !/\p{Cs}/u.test(character),
);

it.each([
  ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
  ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
  ['\u009b2J', '\\u{9b}2J'],
  ['a\rb\bc\u007f', 'a\\u{d}b\\u{8}c\\u{7f}'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['\u2066\u2069\u061c', '\\u{2066}\\u{2069}\\u{61c}'],
  ['naïve 😀\n\tשלום', 'naïve 😀\n\tשלום'],
])('shows %j as %j', (text, shown) => {
  expect(showControls(text)).toBe(shown);
  expect(showControls(shown)).toBe(shown);
});

it('makes one line of what must be one', () => {
  expect(showOnOneLine('shard\nstage=recycle state=finished')).toBe('shard\\u{a}stage=recycle state=finished');
});

it('changes no other character', () => {
  const changed = everyCharacter.filter((character) => showControls(character) !== character);
  const expected = everyCharacter.filter(
    (character) => /[\p{Cc}\p{Bidi_Control}]/u.test(character) && !'\n\t'.includes(character),
  );
  expect(changed).toEqual(expected);
});

it('leaves the value of a JSON document as it is', () => {
  const value = { [everyCharacter.join('')]: everyCharacter };
  const escaped = escapeControls(JSON.stringify(value));
  expect(escaped).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(JSON.parse(escaped)).toEqual(value);
});
