import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { pipe } from './pipe.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const slowly = '(sleep 2; cat)';

it('W03: an error larger than a pipe comes whole to a slow reader, with its exit code', async () => {
  const folder = await temporaryFolder();
  const recipe = join(folder, 'bad.yaml');
  await writeFile(recipe, Array.from({ length: 3000 }, (_, key) => `unknown${key}: 1\n`).join(''));
  const { stdout } = await pipe(`run "${recipe}" --json 2>/dev/null`, slowly);
  const [document = '', end] = stdout.trimEnd().split('\n');
  expect(document.length).toBeGreaterThan(200_000);
  expect(JSON.parse(document)).toMatchObject({ ok: false, error: { code: 'REPRO_RECIPE', exit: 3 } });
  expect(end).toBe('exit 3');
  const early = await pipe(`run "${recipe}" --json`, 'head -c 1');
  expect(early).toMatchObject({ stdout: '{exit 3\n', stderr: '' });
});

it('W03: an answer larger than a pipe comes whole to a slow reader, and ends at once for one that goes away', async () => {
  const folder = await temporaryFolder();
  const pages = Array.from({ length: 5000 }, (_, page) => `{"id":"p${page}","text":"Page ${page}."}\n`);
  await writeFile(join(folder, 'pages.jsonl'), pages.join(''));
  const recipe = `{ name: many, dataset: { use: jsonl, path: ./pages.jsonl, id: id }, rephraser: { use: identity }, recycle: {} }`;
  await writeFile(join(folder, 'recipe.yaml'), recipe);
  await pipe(`run "${folder}/recipe.yaml" --runs "${folder}/runs" 2>/dev/null`, 'cat');
  const query = `query "${folder}/runs/many" 'select * from ledger' --json`;
  const [read, stored] = await Promise.all([pipe(query, slowly), pipe(query, `cat > "${folder}/stored.json"`)]);
  const document = await readFile(join(folder, 'stored.json'), 'utf8');
  expect(document.length).toBeGreaterThan(300_000);
  expect(JSON.parse(document).data.rows).toHaveLength(5000);
  expect([read.stdout, stored.stdout]).toEqual([`${document}exit 0\n`, 'exit 0\n']);
  const began = performance.now();
  expect(await pipe(query, 'head -c 1')).toMatchObject({ stdout: '{exit 0\n', stderr: '' });
  expect(performance.now() - began).toBeLessThan(5000);
});
