import { expect, it } from 'vitest';
import { toWireValue } from './wire-value.ts';

it.each([
  ['text with a lone surrogate', { items: [{ input: { text: 'a\ud800b' } }] }, '$.items[0].input.text'],
  ['text with a lone surrogate', { '\udc00': 1 }, '$.\ufffd'],
  ['more than 64 bits', { id: 2n ** 64n }, '$.id'],
  ['more than 64 bits', [0, -(2n ** 63n) - 1n], '$[1]'],
  ['type function', { callback: () => {} }, '$.callback'],
  ['type undefined', [undefined], '$[0]'],
  ['instance of Date', { at: new Date(0) }, '$.at'],
  ['instance of Map', new Map(), '$'],
])('refuses %s and names the place', (found, value, place) => {
  expect(() => toWireValue(value)).toThrow(expect.objectContaining({ code: 'REPRO_INVALID_INPUT' }));
  expect(() => toWireValue(value)).toThrow(found);
  expect(() => toWireValue(value)).toThrow(`\`${place}\``);
});

it('refuses nesting that the other side could not read', () => {
  let value: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) {
    value = [value];
  }
  expect(() => toWireValue(value)).toThrow('more than 512 levels of nesting');
});

it('leaves out keys without a value', () => {
  expect(toWireValue({ a: undefined, b: { c: undefined, d: 1 } }).value).toEqual({ b: { d: 1 } });
});

it('makes whole numbers above 32 bits integers, and leaves what it was given alone', () => {
  const given = Object.freeze({ large: 2 ** 40, list: Object.freeze([-(2 ** 33), 0.5, 1e300]) });
  expect(toWireValue(given).value).toEqual({ large: 2n ** 40n, list: [-(2n ** 33n), 0.5, 1e300] });
});

it('copies nothing that needs no change', () => {
  const value = { text: 'same', list: [1, { a: null }] };
  expect(toWireValue(value).value).toBe(value);
});

it('does not check again what was checked before', () => {
  const checked = toWireValue({ large: 2 ** 40 });
  const { value, bytesAtMost } = toWireValue({ items: [{ input: checked }] });
  expect(value).toEqual({ items: [{ input: { large: 2n ** 40n } }] });
  expect(bytesAtMost).toBe(toWireValue({ items: [{ input: { large: 2 ** 40 } }] }).bytesAtMost);
});

it('unwraps a null that was checked before', () => {
  expect(toWireValue({ input: toWireValue(null) }).value).toEqual({ input: null });
});
