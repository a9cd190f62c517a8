import { expect, it } from 'vitest';
import { compareInGroups } from './compare-in-groups.ts';

it('compares a faulty text with the faithful one of its group and with no other', () => {
  const faithful = [
    { group: 'a', value: 0.5 },
    { group: 'b', value: 0.9 },
  ];
  const faulty = [
    { group: 'a', value: 0.6 },
    { group: 'a', value: 0.5 },
    { group: 'a', value: 0.500001 },
    { group: 'b', value: 0.6 },
    { group: 'c', value: 1 },
  ];
  expect(compareInGroups(faithful, faulty)).toEqual({ compared: 4, above: 1, level: 2 });
});
