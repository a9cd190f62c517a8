import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exitCodeOf } from './exit-codes.ts';

const root = join(import.meta.dirname, '../../..');
const sources = globSync('{bridge,sdk}/src/errors/*.ts', { cwd: root }).map((file) =>
  readFileSync(join(root, file), 'utf8'),
);
const codes = sources.flatMap((source) => [...source.matchAll(/code = '(REPRO_\w+)'/g)].map(([, code = '']) => code));

/** Not the user's doing: our own bookkeeping found itself wrong. */
const bugs = ['REPRO_CONSERVATION'];

it('gives every error that is thrown on purpose an exit code of its own kind, and bugs 1', () => {
  expect(codes.length).toBeGreaterThan(40);
  const ofBugs = codes.filter((code) => exitCodeOf(Object.assign(new Error(), { code })) === 1);
  expect(ofBugs.toSorted()).toEqual(bugs);
});
