import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

// What a stranger gets: three tarballs, an empty folder, no checkout.
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeAll(async () => {
  await execa('npm', ['run', '--silent', 'pack'], { cwd: root });
  const tarballs = (await readdir(join(root, 'dist'))).filter((name) => name.endsWith('.tgz'));
  expect(tarballs).toHaveLength(3);

  folder = await mkdtemp(join(tmpdir(), 'repro-packed-'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const paths = tarballs.map((name) => join(root, 'dist', name));
  await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...paths], { cwd: folder });
}, 300_000);
afterAll(() => folder && rm(folder, { recursive: true }));

function repro(...args: readonly string[]) {
  return execa(process.execPath, [join(folder, 'node_modules', '.bin', 'repro'), ...args], { cwd: folder });
}

it('shows its commands', async () => {
  const { stdout } = await repro('--help');
  for (const command of ['run', 'try', 'query', 'verify', 'doctor', 'plugins']) expect(stdout).toContain(command);
});

it('lists the built-in plugins', async () => {
  const { stdout } = await repro('plugins', 'list');
  for (const plugin of [
    'jsonl',
    'repro',
    'bertscore',
    'dataman',
    'facts',
    'length',
    'perplexity',
    'structure',
    'structure-rules',
  ]) {
    expect(stdout).toContain(plugin);
  }
});

it('starts a project of one’s own', async () => {
  await repro('init', 'mine');
  expect((await readdir(join(folder, 'mine'))).sort()).toEqual(['pages.jsonl', 'recipe.yaml']);
});

it('plans with the settings of the paper and explains its errors', async () => {
  await repro('init', '--template', 'paper', 'paper');
  expect((await repro('run', 'paper/recipe.yaml', '--dry-run')).stdout).toContain('Model judge: Qwen/Qwen3-4B (vllm');
  expect((await repro('explain', 'REPRO_ENGINE_MISSING')).stdout).toContain('(exit code 4)');
});

it('carries locks, worker package and handlers', async () => {
  const packages = join(folder, 'node_modules', '@repro');
  expect(await readdir(join(packages, 'bridge', 'python', 'locks'))).toContain('cpu.txt');
  expect(await readdir(join(packages, 'bridge', 'python', 'src', 'repro_worker'))).toContain('worker.py');
  expect(await readdir(join(packages, 'plugins', 'dist', 'rewards', 'bertscore'))).toContain('handler.py');
  expect(await readdir(join(packages, 'plugins', 'dist', 'rewards', 'bertscore'))).not.toContain('test_handler.py');
  expect(await readdir(join(packages, 'plugins', 'dist', 'rewards'))).toContain('pairs.jsonl');
});

it('tests rewards on the pairs that it carries', async () => {
  await writeFile(join(folder, 'bench.yaml'), 'name: bench\nrewards: [{ use: length }, { use: facts }]\n');
  expect((await repro('rewards', 'bench', 'bench.yaml')).stdout).toContain('377 written pairs of 30 sources');
});

it('serves a program', async () => {
  await writeFile(
    join(folder, 'program.js'),
    `import { openSession } from '@repro/sdk';
     import { splitText } from '@repro/sdk/contract';
     console.log(typeof openSession, typeof splitText);`,
  );
  const { stdout } = await execa(process.execPath, ['program.js'], { cwd: folder });
  expect(stdout).toBe('function function');
});
