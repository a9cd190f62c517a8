import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectCompletes, expectConsistent, runWriter } from './test-crash.ts';
import { testFolder } from './test-run.ts';

it('survives kill -9 at fifteen random moments', async () => {
  for (let round = 0; round < 3; round += 1) {
    const runs = await testFolder();
    for (let kill = 0; kill < 5; kill += 1) {
      await runWriter(runs, { killAfterMilliseconds: Math.random() * 600 });
      await expectConsistent(runs);
    }
    await expectCompletes(runs);
  }
});

const shards = ['a'];

describe('with strace', () => {
  // Calls that make something durable or visible: each of them, or every second or fourth from a random one.
  it.each([
    ['rename', 1],
    ['link', 1],
    ['fsync', 2],
    ['fdatasync', 1],
    ['unlink', 1],
    ['mkdir', 4],
  ])('survives kill -9 at any %s', async (call, step) => {
    for (let count = 1 + Math.floor(Math.random() * step); ; count += step) {
      const runs = await testFolder();
      const { code } = await runWriter(runs, { shards, prefix: strace(call, `signal=KILL:when=${count}`) });
      await expectConsistent(runs);
      await expectCompletes(runs, { shards });
      if (code === 0) {
        // There are not so many calls in one run.
        expect(count).toBeGreaterThan(1);
        return;
      }
    }
  });

  it.each([
    ['a full disk', 'ENOSPC', 'REPRO_DISK_FULL'],
    ['a disk that fails', 'EIO', 'EIO'],
  ])('names %s, and goes on when that is over', async (_, error, says) => {
    for (const count of [1, 6, 16, 31]) {
      const runs = await testFolder();
      const { stderr } = await runWriter(runs, { shards, prefix: strace('fsync', `error=${error}:when=${count}+`) });
      expect(stderr).toContain(says);
      await expectConsistent(runs);
      await expectCompletes(runs, { shards });
    }
  });
});

/** The same sweep must fail when the commit is not what it is: else it proves nothing. */
describe('a program whose commit', () => {
  it.each([
    ['gives no file its name', 'publish-commit.ts', 'await store.move(path, name);', ''],
    [
      'names the files after ok.json',
      'publish-commit.ts',
      'for (const [name, path] of Object.entries(staged)) {',
      'await store.write(ok, text); $&',
    ],
    ['forgets what a killed host had decided', 'recover-run.ts', 'await publishDecided(store, journal, host);', ''],
  ])('%s is caught', async (_, file, taken, instead) => {
    const hooks = join(await testFolder(), 'mutate.mjs');
    expect(await readFile(new URL(file, import.meta.url), 'utf8')).toContain(taken);
    await writeFile(hooks, mutating(file, taken, instead));
    const nodeFlags = [`--import=${hooks}`];
    const caught = async () => {
      for (let count = 1; count <= 20; count += 1) {
        const runs = await testFolder();
        await runWriter(runs, { shards, prefix: strace('rename', `signal=KILL:when=${count}`), nodeFlags });
        await expectConsistent(runs);
        await expectCompletes(runs, { shards, nodeFlags });
      }
    };
    await expect(caught()).rejects.toThrow();
  });
});

/** A module that changes a file of ours while it is loaded. */
function mutating(file: string, taken: string, instead: string): string {
  return `import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(${JSON.stringify(`/run/${file}`)})) return loaded;
    const source = String(loaded.source);
    return { ...loaded, source: source.replace(${JSON.stringify(taken)}, ${JSON.stringify(instead)}) };
  },
});
`;
}

function strace(call: string, injection: string): readonly string[] {
  // strace counts the calls of each thread: one thread for files makes the count that of the process.
  return [
    'env',
    'UV_THREADPOOL_SIZE=1',
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:${injection}`,
  ];
}
