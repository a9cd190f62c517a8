import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadRecipe } from '@repro/sdk';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL('../../templates/quickstart/recipe.yaml', import.meta.url));

it('is a valid recipe of the two stages', async () => {
  const recipe = await loadRecipe(path);
  expect(recipe).toMatchObject({ name: 'quickstart', recycle: {}, score: {} });
  expect(recipe.rewards.map(({ use }) => use)).toEqual(['length', 'structure-rules', 'facts', 'bertscore']);
});

it('explains every line', () => {
  const lines = readFileSync(path, 'utf8').split('\n');
  const bare = lines.filter((line) => line.trim() !== '' && !line.includes('#'));
  // Lines that only open a block that the next lines explain.
  for (const line of bare) expect(line).toMatch(/^\s*(\w+:|model: small|weight: 1)$/);
});
