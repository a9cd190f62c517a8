import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import { queryRun } from '../run/query-run.ts';
import { verifyRun } from '../run/verify-run.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { runFolderOf, samplePages, shoutingRephraser } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { goodness, grpo, jsonLines, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';
import { useTrainedModel } from './use-trained-model.ts';

it('trains on passages, measures on other documents, and hands the best model over', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const events: SessionEvent[] = [];
  await using session = await openTraining(folder, trainer, {}, { onEvent: (event) => events.push(event) });
  const summary = await train(session);
  expect(summary.trainings).toMatchObject([{ algorithm: 'grpo', steps: 4, chosen: { step: 4, isShownBetter: true } }]);
  const at = (path: string) => join(runFolderOf(folder), 'train', path);
  expect(trainer.inputs).toMatchObject([
    {
      algorithm: 'grpo',
      folder: at('grpo'),
      model: { path: '/models/small', chatTemplate: null, thinking: 'on' },
      // Learning draws freely, measuring as `recycle` does.
      sampling: { temperature: 1, topP: 0.9, maxTokens: 30, stop: [] },
      evaluation: { every: 2, samples: 2, greedy: true, sampling: { temperature: 0.3, topP: 0.9, maxTokens: 30 } },
      rewards: [{ name: 'goodness', weight: 1, onlyIf: null }],
      objective: { rejected: 'lowest', learningRate: 1e-6, beta: 0.005 },
    },
  ]);
  // Of a document either all passages are trained on, or one is held out.
  const [rows, heldOut] = [
    await jsonLines(at('grpo/data/passages.jsonl')),
    await jsonLines(at('grpo/data/held-out.jsonl')),
  ];
  expect(heldOut).toHaveLength(4);
  expect(rows).toHaveLength(16);
  const documents = new Set(rows.map(({ documentId }) => documentId));
  expect(heldOut.filter(({ documentId }) => documents.has(documentId))).toEqual([]);
  expect(rows[0]).toMatchObject({
    row: 0,
    prompt: { messages: [{ role: 'user', parts: [{ text: rows[0].passage.text }] }], text: null },
  });
  // The model, and nothing that only training needs.
  expect((await readdir(at('model'))).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  expect(await readFile(at('model/model.safetensors'), 'utf8')).toBe('model.safetensors of step 4');

  const metrics = await jsonLines(join(runFolderOf(folder), 'metrics.jsonl'));
  expect(metrics.map(({ type, step }) => `${type} ${step}`)).toEqual([
    'evaluation 0',
    'step 1',
    'step 2',
    'evaluation 2',
    'step 3',
    'step 4',
    'evaluation 4',
  ]);
  expect(events.filter(({ type }) => type === 'training')).toHaveLength(4);
  expect(await jsonLines(at('grpo/rollouts/step-000003.jsonl'))).toMatchObject([
    { step: 3, sample: 0, outcome: 'accepted', masked: false, scores: { goodness: 0.3 } },
    { step: 3, sample: 1, outcome: 'accepted', scores: { goodness: 0.4 } },
    { sample: 0 },
    { sample: 1 },
  ]);
});

it('goes on from the newest checkpoint after a kill, and its figures stand once for each step', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const killed = scriptedTrainer({
    answer: learning,
    onStep: (step) => {
      if (step === 4) throw new Error('killed');
    },
  });
  {
    await using session = await openTraining(folder, killed);
    await expect(train(session)).rejects.toThrow('killed');
  }
  const before = await readFile(join(runFolderOf(folder), 'train/grpo/data/passages.jsonl'), 'utf8');
  const trainer = scriptedTrainer({ answer: learning });
  await using session = await openTraining(folder, trainer);
  await train(session);
  expect(trainer.scored.map(({ step }) => step)).not.toContain(1);
  expect(await readFile(join(runFolderOf(folder), 'train/grpo/data/passages.jsonl'), 'utf8')).toBe(before);
  const metrics = await jsonLines(join(runFolderOf(folder), 'metrics.jsonl'));
  const steps = metrics.filter(({ type }) => type === 'step').map(({ step }) => step);
  expect(steps).toEqual([1, 2, 3, 4]);
});

it('refuses a training of another recipe, keeps it or does it anew', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  {
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
    await train(session);
  }
  const trainer = scriptedTrainer({ answer: learning });
  const other = { train: { ...grpo, learningRate: 1e-5 } };
  await using session = await openTraining(folder, trainer, other);
  await expect(train(session)).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    message: expect.stringContaining('train/grpo (grpo): begun with another recipe'),
  });
  await train(session, { existing: 'keep' });
  expect(trainer.inputs).toEqual([]);
  await train(session, { existing: 'redo' });
  expect(trainer.inputs).toMatchObject([{ objective: { learningRate: 1e-5 } }]);
});

it('throws nothing away that another process works on', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const onStep = async () => {
    begun.resolve();
    await goOn.promise;
  };
  await using one = await openTraining(folder, scriptedTrainer({ answer: learning, onStep }));
  const training = train(one);
  await begun.promise;
  await using other = await openTraining(folder, scriptedTrainer({ answer: learning }));
  await expect(train(other, { existing: 'redo' })).rejects.toMatchObject({ code: 'REPRO_TRAINED_ELSEWHERE' });
  goOn.resolve();
  expect(await training).toMatchObject({ trainings: [{ steps: grpo.steps }] });
});

it('ends before a step is spent when a reward gives one score for all', async () => {
  const count = 1;
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const doScore = async (samples: readonly RewardSample[]): Promise<readonly RewardScore[]> =>
    // Right on the pairs that rewards are tested with before anything starts.
    Array.from({ length: samples[0]?.completion ? count : samples.length }, () => ({ outcome: 'scored', value: 0.5 }));
  const trainer = scriptedTrainer({ answer: learning });
  await using session = await openTraining(folder, trainer, { rewards: [{ use: { ...goodness.reward, doScore } }] });
  await expect(train(session)).rejects.toMatchObject({
    code: 'REPRO_PLUGIN_CONTRACT',
    message: expect.stringContaining('reward "goodness"'),
    found: String(count),
    expected: '8',
  });
  expect(existsSync(join(runFolderOf(folder), 'metrics.jsonl'))).toBe(false);
});

it('is seen by query and held to its hashes by verify', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  {
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
    await train(session);
  }
  const run = runFolderOf(folder);
  const rollouts = await queryRun(
    run,
    `select step, count(*)::int, max((scores->>'goodness')::double) from rollouts group by 1 order by 1`,
  );
  expect(rollouts.rows).toEqual([1, 2, 3, 4].map((step) => [step, 4, (step + 1) / 10]));
  const heldOut = await queryRun(run, 'select mode, step, count(*)::int from held_out group by all order by all');
  expect(heldOut.rows).toEqual(
    ['greedy', 'sample'].flatMap((mode) => [0, 2, 4].map((step) => [mode, step, mode === 'greedy' ? 4 : 8])),
  );
  expect(await verifyRun(run)).toMatchObject({ trainings: 1, inProgress: [] });
  await writeFile(join(run, 'train/model/config.json'), 'config.json of step 5');
  await rm(join(run, 'train/grpo/evaluations/step-000002.jsonl'));
  await expect(verifyRun(run)).rejects.toMatchObject({
    problems: [
      { file: 'train/grpo/evaluations/step-000002.jsonl', problem: 'is not there' },
      { file: 'train/model/config.json', problem: expect.stringContaining('has changed') },
    ],
  });
});

it('is what recycle asks from then on, and no reward does', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const modelOf = async (recipe: Partial<RecipeInput>, existing?: 'keep') => {
    await using session = await openTraining(folder, trainer, recipe);
    const used = await useTrainedModel(session, { limit: undefined, existing });
    const { rephraser, models } = used.session.recipe;
    const name = (rephraser as { readonly model: string }).model;
    const host = (used.session.rephraser as BoundRephraser).host;
    expect(host.endpoints.get('default')).toBe(name);
    return { name, path: models[name]?.path, trained: used.trained?.step };
  };
  const own = { name: 'small', path: 'builtin:none', trained: undefined };
  expect(await modelOf({})).toEqual(own);
  {
    await using session = await openTraining(folder, trainer);
    await train(session);
  }
  const trained = { name: 'small (trained)', path: join(runFolderOf(folder), 'train/model'), trained: 4 };
  expect(await modelOf({})).toEqual(trained);
  expect(await modelOf({ recycle: { checkpoint: 'none' } })).toEqual(own);
  // A recipe that would train otherwise is told so, one that does not train at all takes what is there.
  const other = { train: { ...grpo, steps: 6 } };
  await expect(modelOf(other)).rejects.toMatchObject({ code: 'REPRO_EXISTING_OUTPUT' });
  expect(await modelOf(other, 'keep')).toEqual(trained);
  expect(await modelOf({ train: undefined })).toEqual(trained);
});

it('refuses what can be seen to fail before anything starts', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(3) });
  const problemsOf = (recipe: Partial<RecipeInput>) =>
    openTraining(folder, scriptedTrainer({ answer: learning }), recipe).then(
      () => expect.unreachable(),
      (error) =>
        error.problems.map(({ path, message }: { path: string[]; message: string }) => `${path.join('.')}: ${message}`),
    );
  expect(await problemsOf({ train: { ...grpo, promptsPerStep: 3, ranks: 2 } })).toEqual([
    'train.promptsPerStep: 3 prompts cannot be shared evenly by 2 ranks',
  ]);
  expect(await problemsOf({ rewards: [{ use: goodness.reward, weight: 0 }] })).toEqual([
    'train: needs a reward with a weight to learn from; add one under "rewards:"',
  ]);
  expect(await problemsOf({ rephraser: { use: shoutingRephraser } })).toEqual([
    'train: by-hand asks no model, so there is nothing to train',
  ]);
  expect(await problemsOf({ train: [{ ...grpo, evaluation: { floors: { godness: 1 } } }] })).toEqual([
    'train.0.evaluation.floors.godness: there is no reward "godness"; there are goodness',
  ]);
  // One document is trained on or held out, and not both.
  await writePages(join(folder, 'pages/a.jsonl'), [{ id: 'a', text: ' ' }]);
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
  await expect(train(session)).rejects.toMatchObject({ code: 'REPRO_INPUT_MISSING' });
});
