import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerLostError } from '@repro/bridge';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser, type Rephrasing } from '../contract/rephraser.ts';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import { splitDocument } from '../contract/split-document.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { Session } from '../session/open-session.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { openTestSession, rewardOf, runFolderOf, samplePages } from './test-pages.ts';
import { restingModels, type ScriptedTrainer, scriptedTrainer } from './test-trainer.ts';
import { train } from './train.ts';

/** Takes answers that begin with `OK `. */
const openerRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'opener',
  configSchema: z.strictObject({}),
  roles: ['default'],
  split: (document) => splitDocument(document, { maxCharacters: 60 }),
  prompt: ({ text }) => ({ messages: [{ role: 'user', content: text }] }),
  parse: ([completion]): Rephrasing => {
    if (completion?.finishReason === 'length') {
      return { outcome: 'rejected', reason: 'cut-off' };
    }
    return completion?.text.startsWith('OK ')
      ? { outcome: 'rephrased', text: completion.text.slice(3) }
      : { outcome: 'rejected', reason: 'no-opener' };
  },
  join: joinParts,
});

const grpo = {
  algorithm: 'grpo',
  steps: 4,
  promptsPerStep: 2,
  rollouts: 2,
  evaluation: { every: 2, documents: 4, samples: 2 },
  checkpointEvery: 2,
} as const;

/** More `good` words are better; the model learns to say one more with every step. */
const goodness = rewardOf('goodness', (text) => Math.min(1, text.split('good').length / 10));
const learning = (passage: string, { step, sample }: { readonly step: number; readonly sample: number }) =>
  `OK ${passage}${' good'.repeat(step + sample)}`;

async function openTraining(
  folder: string,
  trainer: ScriptedTrainer,
  recipe: Partial<RecipeInput> = {},
  options: { readonly onEvent?: (event: SessionEvent) => void; readonly revision?: string } = {},
): Promise<Session> {
  const session = await openTestSession(
    folder,
    {
      models: { small: { path: 'builtin:none' } },
      rephraser: { use: openerRephraser, model: 'small' },
      rewards: [{ use: goodness.reward }],
      train: grpo,
      ...recipe,
    },
    { onEvent: options.onEvent ?? (() => undefined) },
  );
  return { ...session, models: restingModels(options.revision), createTrainerGroup: trainer.createTrainerGroup };
}

const jsonLines = async (path: string) =>
  (await readFile(path, 'utf8')).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

it('trains on passages, measures on other documents, and hands the best model over', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const events: SessionEvent[] = [];
  await using session = await openTraining(folder, trainer, {}, { onEvent: (event) => events.push(event) });
  const summary = await train(session);
  expect(summary.trainings).toMatchObject([{ algorithm: 'grpo', steps: 4, chosen: { step: 4, isShownBetter: true } }]);
  const at = (path: string) => join(runFolderOf(folder), 'train', path);
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

it('does nothing twice', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const summaries = [];
  for (const _ of [1, 2]) {
    await using session = await openTraining(folder, trainer);
    summaries.push(await train(session));
  }
  expect(trainer.inputs).toHaveLength(1);
  expect(summaries[1]).toEqual(summaries[0]);
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

it('starts processes that are lost again, and gives up when no step comes between', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  let losses = 0;
  const lostAt = (limit: number) =>
    scriptedTrainer({
      answer: learning,
      onStep: (step) => {
        if (step === 3 && losses < limit) {
          losses += 1;
          throw new WorkerLostError({ pool: 'trainer grpo', restarts: 0, reason: 'rank 1 is gone', output: [] });
        }
      },
    });
  {
    const trainer = lostAt(Number.POSITIVE_INFINITY);
    await using session = await openTraining(folder, trainer);
    await expect(train(session)).rejects.toMatchObject({ code: 'REPRO_WORKER_LOST' });
    expect(trainer.inputs).toHaveLength(4);
  }
  losses = 0;
  const trainer = lostAt(2);
  await using session = await openTraining(folder, trainer);
  await train(session);
  expect(trainer.inputs).toHaveLength(3);
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

it('refuses to go on where its pages have changed', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  {
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
    await train(session);
  }
  await writePages(join(folder, 'pages/a.jsonl'), samplePages(13));
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
  await expect(train(session)).rejects.toThrow('its shard a.jsonl has changed');
});

it('chooses again without training when only the floors change', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const withFloor = (floor: number) => ({
    train: { ...grpo, evaluation: { ...grpo.evaluation, floors: { goodness: floor } } },
  });
  {
    await using session = await openTraining(folder, trainer, withFloor(0.9));
    await expect(train(session)).rejects.toMatchObject({
      code: 'REPRO_TRAINING_REJECTED',
      message: expect.stringMatching(/step 2: goodness 0\.\d+, at least 0\.900\n {2}step 4/),
    });
    expect(existsSync(join(runFolderOf(folder), 'train/model'))).toBe(false);
  }
  await using session = await openTraining(folder, trainer, withFloor(0.2));
  expect(await train(session)).toMatchObject({ trainings: [{ chosen: { step: 4 }, floors: { goodness: 0.2 } }] });
  expect(trainer.inputs).toHaveLength(1);
});

it('gives a rejected answer no scores, or with the profile of the paper those of the empty text', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const rollouts = async (profile: 'repro' | 'paper', finishReason: 'stop' | 'length' = 'stop', opener = '') => {
    const trainer = scriptedTrainer({ answer: (passage) => `${opener}${passage}`, finishReason });
    const run = { name: `${profile}-${finishReason}-${opener === ''}` };
    await using session = await openTraining(folder, trainer, { train: { ...grpo, profile }, ...run });
    await train(session);
    return trainer.scored.find(({ purpose }) => purpose === 'rollout')?.samples[0];
  };
  const rejected = { outcome: 'rejected', reason: 'no-opener', characters: 0 };
  expect(await rollouts('repro')).toMatchObject({ ...rejected, scores: [null] });
  expect(await rollouts('paper')).toMatchObject({ ...rejected, scores: [0.1] });
  // An answer at its last token: rejected, or with the paper taken as it is.
  expect(await rollouts('repro', 'length', 'OK ')).toMatchObject({ outcome: 'rejected', reason: 'cut-off' });
  expect(await rollouts('paper', 'length', 'OK ')).toMatchObject({ outcome: 'accepted' });
});

it.each([1, 7, 9, 0])('ends before a step is spent when a reward gives %i scores for 8', async (count) => {
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
