import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { writeFolder } from '../testing/write-folder.ts';
import { recycleKey, scoreKey, trainKeys } from './stage-key.ts';
import { openTestSession, rewardOf, samplePages, shoutingRephraser } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { grpo, learning, openTraining } from './test-training.ts';

const { reward } = rewardOf('one', () => 1);

/** Both keys of a recipe over the pages of a folder. */
async function keysOf(folder: string, recipe: object = {}, limit?: number) {
  await using session = await openTestSession(folder, { rewards: [{ use: reward }], ...recipe });
  return [await recycleKey(session, limit), await scoreKey(session)];
}
const pages = () => writeFolder({ 'pages/a.jsonl': samplePages(1) });

it('is the same for the same recipe, in whatever order it is written and wherever the pages lie', async () => {
  const folder = await pages();
  const [recycle, score] = await keysOf(folder, { rephraser: { use: shoutingRephraser, note: 'n', as: 'x' } });
  expect(await keysOf(folder, { rephraser: { as: 'x', note: 'n', use: shoutingRephraser } })).toEqual([recycle, score]);
  await rename(folder, `${folder}-moved`);
  await writeFolder({});
  expect(await keysOf(`${folder}-moved`, { rephraser: { use: shoutingRephraser, note: 'n', as: 'x' } })).toEqual([
    recycle,
    score,
  ]);
  await rename(`${folder}-moved`, folder);
});

it('of recycle changes with what shapes the text, and with nothing else', async () => {
  const folder = await pages();
  const [before] = await keysOf(folder);
  const changed = [
    { seed: 1 },
    { rephraser: { use: shoutingRephraser, note: 'n' } },
    { rephraser: { use: shoutingRephraser, sampling: { temperature: 0 } } },
    { onRejected: { retry: 2 } },
    { recycle: { output: 'parquet' as const } },
    { dataset: { use: 'jsonl', path: join(folder, 'pages/*.jsonl'), id: 'url' } },
  ];
  const keys = await Promise.all(changed.map(async (recipe) => (await keysOf(folder, recipe))[0]));
  keys.push((await keysOf(folder, {}, 10))[0]);
  expect(new Set([before, ...keys]).size).toBe(changed.length + 2);
  const unchanged = [
    { name: 'another' },
    { rewards: [] },
    { recycle: { maxQuarantinedShare: 0.5 } },
    { models: { unused: { path: 'builtin:x', thinking: 'soft-off' } } },
  ];
  for (const recipe of unchanged) {
    expect((await keysOf(folder, recipe))[0]).toBe(before);
  }
});

it('of score changes with configs and shares, not with weights, thresholds, gates and time-outs', async () => {
  const folder = await pages();
  const [, before] = await keysOf(folder);
  for (const entry of [{ weight: 3 }, { threshold: 0.5 }, { onlyIf: 'one' }, { timeout: '3s' }]) {
    expect((await keysOf(folder, { rewards: [{ use: reward, ...entry }] }))[1]).toBe(before);
  }
  for (const entry of [{ share: 0.5 }, { note: 'n' }, { as: 'two' }]) {
    expect((await keysOf(folder, { rewards: [{ use: reward, ...entry }] }))[1]).not.toBe(before);
  }
});

it('covers what stands in the files that a config names, and not where they lie', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': samplePages(1),
    'one.txt': 'good',
    'same.txt': 'good',
    'words/en.txt': 'good',
    'words/de/de.txt': 'gut',
  });
  const list = z.string().meta({ format: 'path' });
  const configSchema = z.strictObject({ list: list.optional(), more: z.array(list).optional() });
  const keysWith = (config: object) =>
    keysOf(folder, {
      rephraser: { use: { ...shoutingRephraser, configSchema }, ...config },
      rewards: [{ use: { ...reward, configSchema }, ...config }],
    });
  const file = (name: string) => join(folder, name);

  const one = await keysWith({ list: file('one.txt') });
  expect(await keysWith({ list: file('same.txt') })).toEqual(one);
  const folderBefore = await keysWith({ more: [file('words')] });
  await writeFile(file('one.txt'), 'better');
  await writeFile(file('words/de/de.txt'), 'besser');
  const changed = await keysWith({ list: file('one.txt') });
  const folderAfter = await keysWith({ more: [file('words')] });
  for (const stage of [0, 1]) {
    expect(changed[stage]).not.toBe(one[stage]);
    expect(folderAfter[stage]).not.toBe(folderBefore[stage]);
  }
});

it('of a training changes with the documents that another one is measured on', async () => {
  const folder = await writeFolder({
    'pages/a.jsonl': samplePages(12),
    'pairs.jsonl': [{ text: 'a', rephrased: 'b' }],
  });
  const sft = { algorithm: 'sft', evaluation: 'none', pairs: { path: join(folder, 'pairs.jsonl') } } as const;
  const keyOfSft = async (...others: readonly object[]) => {
    const train = [{ ...sft, passages: { documents: 10 } }, ...others] as never;
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning }), { train });
    return (await trainKeys(session, undefined))[0]?.key;
  };
  const alone = await keyOfSft();
  const measured = { ...grpo, passages: { documents: 10 } };
  expect(await keyOfSft(measured)).not.toBe(alone);
  expect(await keyOfSft({ ...measured, steps: 9 })).toBe(await keyOfSft(measured));
  expect(await keyOfSft({ ...measured, passages: { documents: 11 } })).not.toBe(await keyOfSft(measured));
  expect(await keyOfSft({ ...measured, evaluation: 'none' })).toBe(alone);
});
