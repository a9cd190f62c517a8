import { it } from 'vitest';
import { expectCompletes, expectConsistent, runWriter } from './test-crash.ts';
import { testFolder } from './test-run.ts';

it('leaves whole parts or none when killed at random moments, and the same command ends the run', async () => {
  const runs = await testFolder();
  for (let kill = 0; kill < 3; kill += 1) {
    await runWriter(runs, { killAfterMilliseconds: Math.random() * 300 });
    await expectConsistent(runs);
  }
  await expectCompletes(runs);
});
