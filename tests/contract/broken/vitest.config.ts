import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['repro-src', 'node', 'import', 'default'] };

/** For `suites.slow.test.ts`: these files fail on purpose, so the tests of the repository do not include them. */
export default defineConfig({
  resolve,
  ssr: { resolve },
  test: { root: import.meta.dirname, include: ['*.ts'], exclude: ['*.config.ts'], maxWorkers: 1 },
});
