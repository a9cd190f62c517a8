import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { readPairs } from './read-pairs.ts';

const line = (fields: object) =>
  `${JSON.stringify({ id: 'a', kind: 'faithful', source: 's', rephrased: 'r', ...fields })}\n`;
const read = async (text: string) => readPairs(join(await writeFolder({ 'pairs.jsonl': text }), 'pairs.jsonl'));

it('reads what it needs of each line; pairs of one source are one group', async () => {
  expect(await read(`${line({ group: 'g', note: 'mine' })}\n${line({ id: 'b', rephrased: '' })}`)).toEqual([
    { id: 'a', kind: 'faithful', source: 's', rephrased: 'r', group: 'g', origin: 'written' },
    { id: 'b', kind: 'faithful', source: 's', rephrased: '', group: 's', origin: 'written' },
  ]);
});

it.each([
  ['a line that is no JSON', `${line({})}{"id"\n`, /pairs\.jsonl:2 is no JSON/],
  ['a missing field', line({ source: undefined }), /:1 source: /],
  ['half a surrogate pair', line({ rephrased: '\ud83d' }), /:1 rephrased: expected well-formed Unicode/],
  ['an id that is there twice', line({}) + line({}), /holds the id "a" twice/],
  ['a file without pairs', '\n', /holds no pairs/],
])('refuses %s', async (_, text, message) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'REPRO_UNUSABLE_PAIRS', message });
});

it('says so when the file is not there', async () => {
  await expect(readPairs('/nowhere/pairs.jsonl')).rejects.toMatchObject({
    code: 'REPRO_UNUSABLE_PAIRS',
    message: /cannot be read/,
  });
});
