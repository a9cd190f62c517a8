import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerLostError } from '@repro/bridge';
import { expect, it } from 'vitest';
import type { RewardSample, RewardScore } from '../contract/reward.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { goodness, grpo, jsonLines, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';

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

it('hands the model over again when a file of it is gone, and says so when its checkpoint is gone too', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const trainer = scriptedTrainer({ answer: learning });
  const again = async (existing?: 'redo') => {
    await using session = await openTraining(folder, trainer);
    return await train(session, { existing });
  };
  await again();
  const at = (path: string) => join(runFolderOf(folder), 'train', path);
  await rm(at('model/config.json'));
  await again();
  expect(await readFile(at('model/config.json'), 'utf8')).toBe('config.json of step 4');
  // Whoever needs the room may take the checkpoints away.
  await rm(at('grpo/checkpoints'), { recursive: true });
  await again();
  await rm(at('model/config.json'));
  await expect(again()).rejects.toThrow('its checkpoint of step 4 is not there any more');
  expect(trainer.inputs).toHaveLength(1);
  await again('redo');
  expect(trainer.inputs).toHaveLength(2);
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

it('learns from pairs first where the recipe says so, and goes on from what that has made', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': samplePages(12),
    'pairs.jsonl': [
      { original: 'Say one.', rephrased: 'one good' },
      { original: 'Say two.', rephrased: 'two good' },
      { original: samplePages(12)[3]?.text ?? '', rephrased: 'of a page' },
    ],
  });
  const pairs = { path: join(folder, 'pairs.jsonl'), opener: 'OK ' };
  const { evaluation } = grpo;
  const sft = { algorithm: 'sft', steps: 2, promptsPerStep: 2, evaluation, pairs } as const;
  const trainer = scriptedTrainer({ answer: learning });
  const warnings: string[] = [];
  const onEvent = (event: SessionEvent) => event.type === 'warning' && warnings.push(event.message);
  await using session = await openTraining(folder, trainer, { train: [sft, grpo] }, { onEvent });
  const summary = await train(session);
  expect(summary.trainings.map(({ algorithm, chosen }) => [algorithm, chosen.step])).toEqual([
    ['sft', 2],
    ['grpo', 4],
  ]);
  const at = (path: string) => join(runFolderOf(folder), 'train', path);
  expect(trainer.inputs.map(({ algorithm, model, pairs: given }) => [algorithm, model.path, given])).toEqual([
    ['sft', '/models/small', at('sft/data/pairs.jsonl')],
    ['grpo', at('sft/checkpoints/step-000002'), null],
  ]);
  expect(await jsonLines(at('sft/data/pairs.jsonl'))).toMatchObject([
    { row: 0, completion: 'OK one good' },
    { row: 1, completion: 'OK two good' },
  ]);
  expect(warnings.join('\n')).toContain('pairs that are not learned from: not one passage 1');
  expect(await readFile(at('model/model.safetensors'), 'utf8')).toBe('model.safetensors of step 4');
});

it('is done by one host, and the other waits for it', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const [one, other] = [scriptedTrainer({ answer: learning }), scriptedTrainer({ answer: learning })];
  await using first = await openTraining(folder, one);
  await using second = await openTraining(folder, other);
  const [summary, same] = await Promise.all([train(first), train(second)]);
  expect(same).toEqual(summary);
  expect([...one.inputs, ...other.inputs]).toHaveLength(1);
});

it.each([7, 9, 0])('ends before a step is spent when a reward gives %i scores for 8', async (count) => {
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
