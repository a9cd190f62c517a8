import { describe, expect, it } from 'vitest';
import { expectCompletes, expectConsistent, runWriter } from './test-crash.ts';
import { testFolder } from './test-run.ts';

it('survives kill -9 at sixty random moments', async () => {
  for (let round = 0; round < 12; round += 1) {
    const runs = await testFolder();
    for (let kill = 0; kill < 5; kill += 1) {
      await runWriter(runs, { killAfterMilliseconds: Math.random() * 600 });
      await expectConsistent(runs);
    }
    await expectCompletes(runs);
  }
});

describe('with strace', () => {
  // Calls that make something durable or visible, and about how many of each one run makes.
  const callsOfOneRun = { rename: 31, link: 2, fsync: 129, fdatasync: 4, unlink: 17 };

  it.each(Object.entries(callsOfOneRun))('survives kill -9 at any %s', async (call, most) => {
    const step = Math.ceil(most / 16);
    for (let count = 1; count <= most; count += step) {
      const runs = await testFolder();
      await runWriter(runs, { prefix: strace(call, `signal=KILL:when=${count}`) });
      await expectConsistent(runs);
      await expectCompletes(runs);
    }
  });

  it('names a full disk, and goes on when there is room', async () => {
    for (const count of [1, 4, 9, 16, 25, 40]) {
      const runs = await testFolder();
      const { stderr } = await runWriter(runs, { prefix: strace('fsync', `error=ENOSPC:when=${count}+`) });
      expect(stderr).toContain('REPRO_DISK_FULL');
      await expectConsistent(runs);
      await expectCompletes(runs);
    }
  });
});

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
