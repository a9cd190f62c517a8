import { expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.ts';

it('is $REPRO_CACHE, else in $XDG_CACHE_HOME, else in the home folder', () => {
  const variables = { REPRO_CACHE: '/big/repro', XDG_CACHE_HOME: '/xdg', HOME: '/home/ada' };
  expect(cacheFolder(variables)).toBe('/big/repro');
  expect(cacheFolder({ ...variables, REPRO_CACHE: '' })).toBe('/xdg/repro');
  expect(cacheFolder({ HOME: '/home/ada' })).toBe('/home/ada/.cache/repro');
});
