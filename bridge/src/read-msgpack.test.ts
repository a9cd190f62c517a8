import { expect, it } from 'vitest';
import { readMsgpack } from './read-msgpack.ts';

const read = (hex: string) => readMsgpack(Buffer.from(hex, 'hex'));

it('reads integers that no number holds as bigints, all others as numbers', () => {
  expect(read('cf0020000000000000')).toBe(2n ** 53n);
  expect(read('d3ffe0000000000000')).toBe(-(2n ** 53n));
  expect(read('cf001fffffffffffff')).toBe(2 ** 53 - 1);
  expect(read('d3ffffffffffffffff')).toBe(-1);
});

it('reads floats of either size', () => {
  expect(read('ca3f000000')).toBe(0.5);
  expect(read('cb3fb999999999999a')).toBe(0.1);
});

it.each([
  ['an extension', 'c7030102030a', 'type 0xc7'],
  ['bytes', 'c40161', 'type 0xc4'],
  ['the byte that msgpack never uses', 'c1', 'type 0xc1'],
  ['a key that is no text', '810101', 'no text'],
  ['bytes after the value', 'c0c0', '1 bytes are left over'],
  ['a text that ends too early', 'a361', '2 bytes too early'],
  ['nothing', '', '1 bytes too early'],
  ['a list of four billion elements', 'ddffffffff', '4294967295 elements'],
  ['a map of four billion entries', 'dfffffffff', '4294967295 elements'],
  ['nesting that never ends', '91'.repeat(1000), 'levels of nesting'],
])('refuses %s', (_what, hex, problem) => {
  expect(() => read(hex)).toThrow(problem);
});
