import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startVitest } from 'vitest/node';

/** Which tests of the suites fail for the plugins of a file, by the name of the plugin. */
async function findFailures(file: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const vitest = await startVitest('test', [file], {
    config: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['broken/*.ts'],
    watch: false,
    reporters: [{}],
    pool: 'threads',
  });
  throw new Error(String(vitest));
}

it('find', async () => {
  expect(await findFailures('x')).toBe(1);
});
