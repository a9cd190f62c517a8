import { defineConfig } from 'vitest/config';

const shared = {
  resolve: { conditions: ['repro-src', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['repro-src', 'node', 'import', 'default'] } },
};

/** `npm test` runs the fast project; `npm run test:slow` the files named `*.slow.test.ts`. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: 'fast',
          include: ['{bridge,sdk,plugins,tests}/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 20_000,
          // One process for many files: a fifth of the time went into loading the same modules for each.
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'slow',
          include: ['{bridge,sdk,plugins,tests}/**/*.slow.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 600_000,
        },
      },
    ],
  },
});
