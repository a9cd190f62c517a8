import { testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { rephrase } from './rephrase.ts';
import { rescraperRephraser } from './rescraper.ts';

testRephraser(rescraperRephraser, { config: {}, complete: () => '<rewrite>\nRye was ground here.' });

const page = 'Menu\nRye was ground here.\nShare\nUntil 1931.';

it.each([
  ['<keep>', { outcome: 'kept', text: page }],
  ['<delete>', { outcome: 'dropped', reason: 'delete' }],
  ['<extract>\nRye was ground here.\nUntil 1931.', { outcome: 'rephrased', operation: 'extract' }],
  ['<edit>\nMenu. Rye was ground here until 1931.', { outcome: 'rephrased', operation: 'edit' }],
  ['<rewrite>\nIt ground rye.', { outcome: 'rephrased', operation: 'rewrite', text: 'It ground rye.' }],
  ['<extract>\nUntil 1931.\nRye was ground here.', { outcome: 'fell-back', reason: 'bad-program' }],
  ['I would rewrite it.', { outcome: 'fell-back', reason: 'no-opener' }],
])('reads %j', async (answer, expected) => {
  expect((await rephrase(rescraperRephraser, page, { generate: () => answer })).passages).toMatchObject([expected]);
});
