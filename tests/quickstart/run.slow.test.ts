import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The command line from the outside, with the real model: what the README's first screen shows.
const root = fileURLToPath(new URL('../..', import.meta.url));
const recipe = join(root, 'templates', 'quickstart', 'recipe.yaml');
let runs = '';

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'repro-quickstart-'));
});
afterAll(() => rm(runs, { recursive: true }));

async function repro(...args: readonly string[]) {
  const { stdout } = await execa(process.execPath, [join(root, 'sdk', 'bin', 'repro.js'), ...args, '--json']);
  return JSON.parse(stdout).data;
}

it('recycles and scores pages, verifies, answers questions, and does nothing twice', async () => {
  const command = ['run', recipe, '--runs', runs, '--limit', '3'];
  const first = await repro(...command);
  const { documents, passages } = first.stages.recycle;
  expect(documents).toMatchObject({ in: 3, written: 3, failed: 0, quarantined: 0 });

  expect(await repro('verify', first.run)).toMatchObject({ documents: 3 });
  const { rows } = await repro('query', first.run, 'select count(*)::int from ledger');
  expect(rows).toEqual([[passages.in]]);

  const second = await repro(...command);
  expect(second.stages.recycle.documents).toEqual(documents);
  // No engine was started for it.
  expect(second.stages.recycle.engines).toEqual({});
});

it('shows one page with its rewards', async () => {
  const page = join(runs, 'page.txt');
  await writeFile(
    page,
    'Home | About | Contact\n\nThe museum is open from Tuesday to Sunday, 10:00 to 17:00.\n\nCookie policy',
  );
  const { text, scores } = await repro('try', '--recipe', recipe, page);
  expect(text).not.toBe('');
  expect(Object.keys(scores).sort()).toEqual(['bertscore', 'facts', 'length', 'structure-rules']);
});
