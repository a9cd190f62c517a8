import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadRecipe } from '@repro/sdk';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../docs/experiments/', import.meta.url));

it.each(readdirSync(folder))('the recipe of an experiment can still be read: %s', async (name) => {
  expect((await loadRecipe(`${folder}${name}`)).train).toBeDefined();
});
