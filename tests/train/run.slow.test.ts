import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession, queryRun, type RecipeInput, runRecipe, type SessionEvent, verifyRun } from '@repro/sdk';
import { defineRephraser, defineReward, joinParts, splitDocument } from '@repro/sdk/contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { tryPage } from '../../sdk/src/stages/try-page.ts';
import { writeFolder } from '../../sdk/src/testing/write-folder.ts';
import { writeTinyModel } from './tiny-training.ts';

/** Takes whatever a model of random weights says. */
const trusting = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'trusting',
  configSchema: z.strictObject({}),
  roles: ['default'],
  split: (document) => splitDocument(document, { maxCharacters: 60 }),
  prompt: ({ text }) => ({ messages: [{ role: 'user', content: text }] }),
  parse: ([completion]) =>
    completion === undefined || completion.text.trim() === ''
      ? { outcome: 'rejected', reason: 'empty' }
      : { outcome: 'rephrased', text: completion.text },
  join: joinParts,
});

const vowels = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'vowels',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'pair',
  doScore: async (samples) =>
    samples.map(({ rephrased }) => ({
      outcome: 'scored',
      value: (rephrased.match(/[aeiou]/g)?.length ?? 0) / Math.max(1, rephrased.length),
    })),
});

async function project() {
  const pages = Array.from({ length: 10 }, (_, id) => ({ id: `p${id}`, text: `Page ${id} is about soup and a key.` }));
  const folder = await writeFolder({ 'pages.jsonl': pages });
  await writeTinyModel(join(folder, 'model'));
  const recipe: RecipeInput = {
    name: 'tiny',
    seed: 3,
    models: { tiny: { path: join(folder, 'model') } },
    dataset: { use: 'jsonl', path: join(folder, 'pages.jsonl'), id: 'id' },
    rephraser: { use: trusting, model: 'tiny', sampling: { maxTokens: 12 } },
    rewards: [{ use: vowels }],
    train: {
      algorithm: 'grpo',
      steps: 3,
      promptsPerStep: 2,
      rollouts: 4,
      learningRate: 0.01,
      evaluation: { every: 3, documents: 4, samples: 1 },
      checkpointEvery: 1,
    },
    recycle: {},
    score: {},
  };
  const events: SessionEvent[] = [];
  const options = { runs: join(folder, 'runs'), onEvent: (event: SessionEvent) => events.push(event) };
  const look = async (text: string) => {
    await using session = await openSession(recipe, options);
    return await tryPage(session, { id: 'page', text });
  };
  const run = async (stages: readonly ('train' | 'recycle' | 'score')[], changes: Partial<RecipeInput> = {}) => {
    await using session = await openSession({ ...recipe, ...changes }, options);
    return await runRecipe(session, { only: stages });
  };
  return { folder, run, look, events, runFolder: join(folder, 'runs', 'tiny') };
}

it('trains with the plugins of a recipe, and recycles with what it has trained', async () => {
  const { run, look, runFolder, events, folder } = await project();
  const { stages } = await run(['train']);
  expect(stages.train?.trainings).toMatchObject([
    { algorithm: 'grpo', steps: 3, evaluations: [{ step: 0 }, { step: 3 }] },
  ]);
  const steps = events.filter((event) => event.type === 'training');
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
  // What the trainer says of its totals is what the reward said of the texts that are kept.
  const { rows } = await queryRun(
    runFolder,
    `select max(abs(total - (scores->>'vowels')::double)) from rollouts where outcome = 'accepted'`,
  );
  expect(Number(rows[0]?.[0])).toBeLessThan(1e-9);

  // A template that makes other tokens of the same prompt is not what was trained.
  const template = join(runFolder, 'train/model/chat_template.jinja');
  const text = await readFile(template, 'utf8');
  await rm(template);
  await writeFile(template, text.replace("'<|im_start|>'", "'<|im_start|> '"));
  await expect(run(['recycle'])).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    message: expect.stringContaining('its prompts are read as other tokens than in training'),
  });
  await writeFile(template, text);

  events.length = 0;
  expect(await look('A page of its own.')).toMatchObject({ model: 'tiny (trained)', outcome: 'written' });
  expect(events.filter(({ type }) => type === 'warning')).toEqual([]);

  const recycled = await run(['recycle', 'score']);
  expect(recycled.stages.recycle?.documents).toMatchObject({ in: 10, written: 10 });
  const models = await queryRun(runFolder, 'select distinct model from ledger');
  expect(models.rows).toEqual([['tiny (trained)']]);
  expect(await verifyRun(runFolder)).toMatchObject({ trainings: 1, parts: 2 });
  const weights = (path: string) => readFile(join(path, 'model.safetensors'));
  expect((await weights(join(runFolder, 'train/model'))).equals(await weights(join(folder, 'model')))).toBe(false);
});

it('imitates pairs first and learns from rewards after that', async () => {
  const { run, folder } = await project();
  const pairs = Array.from({ length: 6 }, (_, row) => ({ original: `Page ${row} of a book.`, rephrased: 'a e i o u' }));
  await writeFile(join(folder, 'pairs.jsonl'), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  const common = {
    promptsPerStep: 2,
    evaluation: { every: 2, documents: 4, samples: 1, greedy: false },
    steps: 2,
  } as const;
  const { stages } = await run(['train'], {
    train: [
      { algorithm: 'sft', ...common, learningRate: 0.01, pairs: { path: join(folder, 'pairs.jsonl') } },
      { algorithm: 'grpo', ...common, rollouts: 4, learningRate: 0.01 },
    ],
  });
  expect(stages.train?.trainings.map(({ algorithm, chosen }) => [algorithm, chosen.step])).toEqual([
    ['sft', 2],
    ['grpo', 2],
  ]);
});

it('imitates what an earlier run has made of pages', async () => {
  const { run, folder, runFolder } = await project();
  const { run: before } = await run(['recycle'], { name: 'before', train: undefined });
  const sft = { algorithm: 'sft', steps: 3, promptsPerStep: 2, learningRate: 0.01 } as const;
  const { stages } = await run(['train'], {
    train: { ...sft, pairs: { run: before }, evaluation: { every: 3, documents: 4, samples: 1, greedy: false } },
  });
  expect(stages.train?.trainings).toMatchObject([{ algorithm: 'sft', steps: 3, chosen: { step: 3 } }]);
  const lines = async (name: string) =>
    (await readFile(join(runFolder, 'train/sft/data', name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const made = await queryRun(before, 'select id, text from records');
  const answers = new Map(made.rows.map(([id, text]) => [id, text]));
  const [pages, pairs] = [await lines('passages.jsonl'), await lines('pairs.jsonl')];
  expect(pairs.map(({ completion }) => completion)).toEqual(pages.map(({ documentId }) => answers.get(documentId)));
  const heldOut = (await lines('held-out.jsonl')).map(({ documentId }) => documentId);
  expect(pages.map(({ documentId }) => documentId).sort()).toEqual(
    [...answers.keys()].filter((id) => !heldOut.includes(id)).sort(),
  );
  const weights = (path: string) => readFile(join(path, 'model.safetensors'));
  expect((await weights(join(runFolder, 'train/model'))).equals(await weights(join(folder, 'model')))).toBe(false);
});
