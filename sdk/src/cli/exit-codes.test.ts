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

it.each([
  ['D01', ['REPRO_UNUSABLE_SHARDS', 'REPRO_UNREADABLE_SHARD'], 5],
  ['W01', ['REPRO_WORKER_LOST', 'REPRO_ITEM_KILLS_WORKER', 'REPRO_DEADLINE'], 7],
  ['W03', ['REPRO_RECIPE'], 3],
])('%s: %j end a command with exit %i', (_, ended, exit) => {
  for (const code of ended) {
    expect(exitCodeOf(Object.assign(new Error(), { code }))).toBe(exit);
  }
});
