import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const Report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

/** Titles of the tests that fail in `broken/`, by the plugin's name. */
let failures: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));
  const config = fileURLToPath(new URL('./broken/vitest.config.ts', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'suites-'));
  const outputFile = join(folder, 'report.json');
  const flags = ['run', '--config', config, '--reporter=json', `--outputFile=${outputFile}`];
  const ended = Promise.withResolvers<void>();
  // It exits with 1, as it should: the answer is the report.
  execFile(process.execPath, [vitest, ...flags], () => ended.resolve());
  await ended.promise;
  const { testResults } = Report.parse(JSON.parse(await readFile(outputFile, 'utf8')));
  await rm(folder, { recursive: true });
  expect(testResults).toHaveLength(2);
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const byPlugin = Map.groupBy(results, ({ ancestorTitles }) => ancestorTitles.join().split(' ')[1] ?? '');
  failures = new Map(
    [...byPlugin].map(([plugin, own]) => [
      plugin,
      own.filter(({ status }) => status === 'failed').map(({ title }) => title),
    ]),
  );
}, 60_000);

it.each([
  [
    'loose-config',
    ['rejects a config key that it does not know', 'describes its config as a JSON Schema of an object'],
  ],
  ['Not_Kebab', ['is a plugin that this SDK runs: version, kind, kebab-case name, hooks']],
  ['out-of-range', ['gives finite values in its range, and a reason where it gives none']],
  [
    'not-a-number',
    [
      'gives finite values in its range, and a reason where it gives none',
      'gives a sample the same score alone, in a batch, and in another order',
    ],
  ],
  ['by-place', ['gives a sample the same score alone, in a batch, and in another order']],
  [
    'too-few',
    [
      'gives one score for each of 1 samples',
      'gives one score for each of 2 samples',
      'gives one score for each of 25 samples',
      'scores at least one of the samples',
    ],
  ],
  [
    'changes-its-input',
    [
      'gives one score for each of 1 samples',
      'gives one score for each of 2 samples',
      'gives one score for each of 25 samples',
      'scores at least one of the samples',
      'gives finite values in its range, and a reason where it gives none',
      'gives a sample the same score alone, in a batch, and in another order',
      'hands its abort signal on to everything it calls',
    ],
  ],
  ['cannot-stop', ['hands its abort signal on to everything it calls']],
])('a reward that is %s fails in the right places', (plugin, titles) => {
  expect(failures.get(plugin)).toEqual(titles);
});

it.each([
  ['sound', []],
  [
    'same-index',
    // The host takes no such passages, so nothing that follows can hold.
    [
      'cuts a document the same way twice, into numbered passages that have text',
      'gives a document back from its untouched passages',
      'asks plain, well-formed prompts of endpoints that its roles name',
      'reads any answer without throwing, the same way twice',
      'takes a good answer, and never one that was cut off',
      'brings every document to an end',
    ],
  ],
  ['loses-separators', ['gives a document back from its untouched passages']],
  [
    'throws',
    [
      'reads any answer without throwing, the same way twice',
      'takes a good answer, and never one that was cut off',
      'brings every document to an end',
    ],
  ],
  ['keeps-cut-answers', ['takes a good answer, and never one that was cut off']],
  ['other-model', ['asks plain, well-formed prompts of endpoints that its roles name']],
  ['half-characters', ['asks plain, well-formed prompts of endpoints that its roles name']],
])('a rephraser that is %s fails in the right places', (plugin, titles) => {
  expect(failures.get(plugin)).toEqual(titles);
});
