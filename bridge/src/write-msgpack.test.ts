import { expect, it } from 'vitest';
import { maxMessageBytes } from './protocol.ts';
import { readMsgpack } from './read-msgpack.ts';
import { WireValue, writeMsgpack } from './write-msgpack.ts';

const write = (value: unknown, mostBytes = maxMessageBytes) => writeMsgpack(value, { what: 'A test', mostBytes });

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
  expect(() => write(value)).toThrow(expect.objectContaining({ code: 'REPRO_INVALID_INPUT' }));
  expect(() => write(value)).toThrow(found);
  expect(() => write(value)).toThrow(`\`${place}\``);
});

it('refuses nesting that the other side could not read', () => {
  let value: unknown = 1;
  for (let level = 0; level < 100_000; level += 1) {
    value = [value];
  }
  expect(() => write(value)).toThrow('more than 512 levels of nesting');
});

it.each([0, 1, 10, 11, 20, 31, 32, 40, 85, 86, 100, 255, 256, 21_845, 21_846, 65_535, 65_536])(
  'carries texts of %i characters of any width, a byte order mark before them or not',
  (length) => {
    for (const mark of ['', '\ufeff']) {
      for (const text of ['x', 'é', '磨', '👍🏽'].map((character) => mark + character.repeat(length))) {
        expect(readMsgpack(write(text))).toBe(text);
      }
    }
  },
);

it('carries arrays and maps of any length', () => {
  for (const length of [0, 15, 16, 65_535, 65_536]) {
    const list = Array.from({ length }, (_, index) => index);
    expect(readMsgpack(write(list))).toEqual(list);
    const map = Object.fromEntries(list.map((index) => [`key ${index}`, index]));
    expect(readMsgpack(write(map))).toEqual(map);
  }
});

it('leaves out keys without a value', () => {
  expect(readMsgpack(write({ a: undefined, b: { c: undefined, d: 1 } }))).toEqual({ b: { d: 1 } });
});

it('writes whole numbers as integers as far as they are exact', () => {
  expect(write([2 ** 40, -(2 ** 33)])).toEqual(write([2n ** 40n, -(2n ** 33n)]));
  expect(write(2 ** 60)[0]).toBe(0xcb);
});

it('keeps what was written before, whatever becomes of the value', () => {
  const given = { text: 'as it was' };
  const input = new WireValue(write(given));
  given.text = 'changed';
  expect(readMsgpack(write({ items: [{ input }] }))).toEqual({ items: [{ input: { text: 'as it was' } }] });
});

it('fills the room there is to the last byte and no further', () => {
  for (const value of ['x'.repeat(300), ['磨', 1, null, 2 ** 40], { key: 0.5 }]) {
    const { length } = write(value);
    expect(write(value, length)).toEqual(write(value));
    expect(() => write(value, length - 1)).toThrow(`A test takes more than the ${length - 1} bytes`);
  }
});
