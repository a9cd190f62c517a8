import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commitPart } from './commit-part.ts';
import { discardDecision } from './discard-part.ts';
import type { Decision } from './journal.ts';
import { publishCommit } from './publish-commit.ts';
import { readCommit } from './read-commit.ts';
import { openRunFolder, type RunFolder } from './run-folder.ts';
import type { Store } from './store.ts';
import { quarantinedEntry, recycledContent, writtenEntry } from './test-entries.ts';
import { testRun } from './test-run.ts';
import { verifyRun } from './verify-run.ts';

// A host that freezes between any two accesses to the disk, and wakes up when others have gone on.

const key = 'recycle/part-00000';
const first = (run: RunFolder) => run.partNumber('a').then(() => recycledContent('a', [quarantinedEntry('a', 1)]));

/** Does `meanwhile` before the access with this number; undefined calls it never. */
function freezing(store: Store, at: number, meanwhile: () => Promise<void>): { store: Store; accesses: () => number } {
  let accesses = 0;
  const frozen = new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') {
        return member;
      }
      return async (...args: unknown[]) => {
        accesses += 1;
        if (accesses === at) {
          await meanwhile();
        }
        return await member.apply(target, args);
      };
    },
  });
  return { store: frozen, accesses: () => accesses };
}

it.each<[string, (frozen: RunFolder, standing: Decision) => Promise<unknown>]>([
  ['publishes', ({ store }, standing) => publishCommit(store, standing)],
  ['takes back', (frozen, standing) => discardDecision(frozen, standing)],
  [
    'makes again',
    (frozen, replaces) =>
      commitPart(frozen, 'recycle', 0, { ...recycledContent('a', [writtenEntry('a', 1)]), replaces }),
  ],
])('a host that %s a part damages nothing of what another one makes of it meanwhile', async (_, work) => {
  for (let at = 1; ; at += 1) {
    const run = await testRun();
    const other = await openRunFolder({ runs: dirname(run.folder), name: 'demo', recipe: '' });
    onTestFinished(() => other[Symbol.asyncDispose]());
    await commitPart(run, 'recycle', 0, await first(run));
    const standing = run.journal.state.standing.get(key);
    expect.assert(standing !== undefined);
    // As it was when its host was stopped before it wrote ok.json.
    await run.store.remove('recycle/part-00000.ok.json');
    const { store, accesses } = freezing(run.store, at, async () => {
      const replaces = (await other.journal.read()).standing.get(key);
      await commitPart(other, 'recycle', 0, { ...recycledContent('a', [writtenEntry('a', 1)]), replaces });
    });
    await work({ ...run, store }, standing);
    if (accesses() < at) {
      expect(at).toBeGreaterThan(3);
      return;
    }
    await other.journal.read();
    expect(await readCommit(other, 'recycle', 0)).toMatchObject({ state: 'committed' });
    expect(other.journal.state.standing.get(key)).not.toEqual(standing);
    expect(await verifyRun(run.folder)).toMatchObject({ parts: 1, records: 1, quarantined: 0 });
  }
});
