import { testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { rephrase } from './rephrase.ts';
import { reproRephraser } from './repro.ts';

const opener = 'Here is a paraphrased version:';
const good = () => `${opener}\nRye was ground here.`;

testRephraser(reproRephraser, { config: {}, complete: good });

it('puts what follows the opener into the page, with the white space around it', async () => {
  const page = await rephrase(reproRephraser, '\nOne.\n\nTwo.\n', { config: { maxCharacters: 5 }, generate: good });
  expect(page.texts).toMatchObject([{ text: '\nRye was ground here.\n\nRye was ground here.\n' }]);
});

it('skips an empty think block and keeps the source where the opener is missing', async () => {
  const page = await rephrase(reproRephraser, 'First words.\n\nOther words.', {
    config: { maxCharacters: 13 },
    generate: (prompt) => (prompt.includes('First') ? `<think>\n\n</think>\n\n${opener} Better words.` : 'Sure!'),
  });
  expect(page.passages.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['rephrased', undefined],
    ['fell-back', 'no-opener'],
  ]);
  expect(page.texts).toMatchObject([{ text: 'Better words.\n\nOther words.' }]);
});
