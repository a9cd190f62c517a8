import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initProject, openSession, planRun, runRecipe } from '@repro/sdk';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repro-paper-'));
  // A machine with nothing on it: no environment, no interpreter, no model.
  vi.stubEnv('REPRO_CACHE', join(folder, 'cache'));
  vi.stubEnv('REPRO_PYTHON', undefined);
  vi.stubEnv('PATH', '/nowhere');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const openPaper = async () => {
  const { files } = await initProject({ template: 'paper', folder: join(folder, 'project') });
  const recipe = files.find((file) => file.endsWith('recipe.yaml')) ?? '';
  return openSession(recipe, { runs: join(folder, 'runs') });
};

it('plans on any machine with the values of the paper', async () => {
  await using session = await openPaper();
  const { recipe, rewards } = session;
  expect(recipe).toMatchObject({
    models: {
      rephraser: { path: 'Qwen/Qwen3-4B', engine: 'vllm', thinking: 'soft-off' },
      judge: { path: 'Qwen/Qwen3-4B', engine: 'vllm', thinking: 'soft-off' },
      quality: { path: 'RuPeng/DataMan-1.5B-EN', engine: 'vllm' },
    },
    rephraser: { maxCharacters: 7000, sampling: { temperature: 1, topP: 0.9, maxTokens: 2048 } },
    onRejected: { retry: 1 },
  });
  expect(recipe.onRejected.then).toBe('drop');
  expect(rewards.map(({ name, weight, threshold, share }) => [name, weight, threshold, share])).toEqual([
    ['dataman', 3, undefined, 0.01],
    ['bertscore', 1, 0.65, 0.01],
    ['structure', 1, undefined, 0.01],
    ['length', 1, undefined, 1],
  ]);
  expect(rewards.map(({ config }) => config)).toMatchObject([
    { maxTextTokens: 1894 },
    { encoder: 'microsoft/deberta-large-mnli' },
    { maxTextTokens: 947, maxAnswerTokens: 8 },
    { atMost: 1.25, atLeast: 0 },
  ]);
  const plan = await planRun(session, {});
  expect(plan).toMatchObject({ stages: ['train', 'recycle', 'score'], documents: 3, estimated: false });
  expect(plan.lines).toContain('Model rephraser: Qwen/Qwen3-4B (vllm, 8 replicas)');
  expect(plan.training).toMatchObject([{ steps: 2000, differencesFromPaper: [], ranks: 6 }]);
  expect(plan.lines).toContain('Missing: train grpo: rollouts by vLLM are not in this release');
  expect(plan.lines).toContain('  profile paper: as the paper');
  expect(plan.lines).toContain(
    '  6 processes (zero3), GPU where there is one, bfloat16, gradient checkpointing, generates with vLLM (colocate, 30 % of the memory)',
  );
  expect(plan.lines).toContain('Recycle asks rephraser (trained): the checkpoint that train chooses');
  expect(plan.lines).toContain('Reward dataman: weight 3, 1 % of the documents');
});

it('reads pools whose shards end in .jsonl.zstd', async () => {
  await using session = await openPaper();
  const pages = join(folder, 'project/pages');
  await cp(join(pages, 'example.jsonl'), join(pages, 'shard-1.jsonl.zstd'));
  expect(await planRun(session, {})).toMatchObject({ shards: 2, documents: 6 });
});

it('says what is missing when it is run, before anything is fetched or written', async () => {
  await using session = await openPaper();
  await expect(runRecipe(session)).rejects.toMatchObject({
    code: 'REPRO_ENGINE_MISSING',
    engine: 'vllm',
    hint: expect.stringContaining('engine=transformers'),
  });
  const parts = await readdir(join(folder, 'runs/paper'), { recursive: true });
  expect(parts.filter((name) => name.includes('part-'))).toEqual([]);
});

it('explains every line', async () => {
  const recipe = await readFile(join(import.meta.dirname, '../../templates/paper/recipe.yaml'), 'utf8');
  const bare = recipe.split('\n').filter((line) => line.trim() !== '' && !line.includes('#'));
  // Lines that only open a block that the next lines explain, or repeat what was explained.
  for (const line of bare) expect(line).toMatch(/^\s*(\w+:|model: \w+|weight: \d|share: 0\.01)$/);
});
