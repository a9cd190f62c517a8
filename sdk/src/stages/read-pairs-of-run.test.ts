import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { planRun } from './plan-run.ts';
import { recycle } from './recycle.ts';
import { openTestSession, rephraserOf, runFolderOf, samplePages } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { grpo, jsonLines, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';

/** `short0`, `short1`, ... are one passage, as the pages of `samplePages` are not. */
const shortPages = (count: number, prefix = 'short') =>
  Array.from({ length: count }, (_, number) => ({ id: `${prefix}${number}`, text: `${prefix} ${number} is one.` }));

/** In capitals, and as it is where it speaks of 2. */
const shouting = rephraserOf(({ text }) =>
  text.includes('2') ? { outcome: 'kept' } : { outcome: 'rephrased', text: text.toUpperCase() },
);

async function recycleBefore(folder: string, recipe: Partial<RecipeInput> = {}): Promise<string> {
  await using session = await openTestSession(folder, { name: 'before', rephraser: { use: shouting }, ...recipe });
  return (await recycle(session)).run;
}

async function trainOn(folder: string, run: string, evaluation: object | 'none' = 'none') {
  const sft = { algorithm: 'sft', steps: 2, promptsPerStep: 2, evaluation, pairs: { run, opener: 'OK ' } } as const;
  const warnings: string[] = [];
  const onEvent = (event: SessionEvent) => event.type === 'warning' && warnings.push(event.message);
  const trainer = scriptedTrainer({ answer: learning });
  await using session = await openTraining(folder, trainer, { train: sft }, { onEvent });
  const plan = await planRun(session, { only: ['train'] });
  const summary = await train(session);
  const at = (name: string) => join(runFolderOf(folder), 'train/sft/data', name);
  return { plan, summary, warnings, at, pairs: await jsonLines(at('pairs.jsonl')) };
}

it.each(['jsonl.zst', 'parquet'] as const)('learns from what an earlier run has made of pages (%s)', async (output) => {
  const folder = await writeFolder({
    'pages/a.jsonl': [...shortPages(4, 'a'), ...samplePages(2)],
    'pages/b.jsonl': shortPages(3, 'b'),
  });
  const run = await recycleBefore(folder, { recycle: { output } });
  const { plan, pairs, warnings, summary, at } = await trainOn(folder, run);
  expect(pairs.map(({ completion }) => completion)).toEqual(
    ['a 0', 'a 1', 'a 3', 'b 0', 'b 1'].map((name) => `OK ${`${name} is one.`.toUpperCase()}`),
  );
  expect(pairs[0]).toMatchObject({
    row: 0,
    prompt: { messages: [{ role: 'user', parts: [{ text: 'a 0 is one.' }] }] },
  });
  expect((await jsonLines(at('passages.jsonl'))).map(({ documentId }) => documentId)).toEqual([
    ...['a0', 'a1', 'a3', 'b0', 'b1'],
  ]);
  expect(warnings).toContain('pairs that are not learned from: not wholly rephrased 2, not one passage 2');
  expect(plan.lines.join('\n')).toContain(`learns from pairs of ${run}`);
  expect(summary.trainings).toMatchObject([{ algorithm: 'sft', chosen: { step: 2 } }]);
});

it('learns from no page that it is measured on', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': shortPages(12, 'a') });
  const run = await recycleBefore(folder);
  const { pairs, at, warnings } = await trainOn(folder, run, { ...grpo.evaluation, greedy: false });
  const heldOut = (await jsonLines(at('held-out.jsonl'))).map(({ documentId }) => documentId);
  const learned = (await jsonLines(at('passages.jsonl'))).map(({ documentId }) => documentId);
  expect(heldOut).toHaveLength(4);
  expect(learned.filter((id) => heldOut.includes(id))).toEqual([]);
  expect(warnings.join('\n')).toMatch(/held out [34]/);
  expect(pairs.length).toBeGreaterThanOrEqual(12 - 4 - 1);
});

it('refuses a run over other pages than those of the dataset', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': shortPages(4), 'pages/b.jsonl': shortPages(4, 'b') });
  const run = await recycleBefore(folder);
  const onlyB = { dataset: { use: 'jsonl', path: join(folder, 'pages/b.jsonl'), id: 'id' } };
  const fewer = await recycleBefore(folder, { name: 'fewer', ...onlyB });
  await writePages(join(folder, 'pages/a.jsonl'), shortPages(5));
  await expect(trainOn(folder, run)).rejects.toMatchObject({
    code: 'REPRO_UNUSABLE_TRAINING_PAIRS',
    message: expect.stringContaining('another content of shard a.jsonl'),
  });
  // Only what the run was made of counts.
  expect((await trainOn(folder, fewer)).pairs).toHaveLength(3);
});

it('says so when a run and the dataset share no shard, or only some', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': shortPages(4), 'pages/b.jsonl': shortPages(4, 'b') });
  const other = await writeFolder({ 'pages/b.jsonl': shortPages(4, 'b') });
  const run = await recycleBefore(folder);
  const { warnings, pairs } = await trainOn(other, run);
  expect(pairs).toHaveLength(3);
  expect(warnings.join('\n')).toContain('1 of its 2 shards are not in this dataset, such as a.jsonl');
  const none = await writeFolder({ 'pages/c.jsonl': shortPages(4) });
  await expect(trainOn(none, run)).rejects.toThrow('of its 2 shards none is in this dataset, such as a.jsonl');
});

it('names a run that is not there in the plan, and refuses it', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': shortPages(4) });
  const train = { algorithm: 'sft', evaluation: 'none', pairs: { run: join(folder, 'pages') } } as const;
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }), { train });
  const found = `${train.pairs.run} is not a run folder: it has no run.json`;
  expect((await planRun(session, { only: ['train'] })).missing).toContainEqual({ what: 'pairs of train sft', found });
  await expect(trainOn(folder, train.pairs.run)).rejects.toMatchObject({ code: 'REPRO_RUN_NOT_FOUND' });
});
