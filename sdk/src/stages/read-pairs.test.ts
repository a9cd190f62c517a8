import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SessionEvent } from '../session/session-event.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { grpo, jsonLines, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';

const pages = samplePages(12);

/** What is learned from lines of a file, by their number, and what is said about the others. */
async function learn(lines: readonly object[], fields: { readonly id?: string } = {}) {
  const folder = await writeFolder({ 'pages/a.jsonl': pages, 'pairs.jsonl': lines });
  const pairs = { path: join(folder, 'pairs.jsonl'), opener: 'OK ', ...fields };
  const sft = { algorithm: 'sft', steps: 2, promptsPerStep: 2, evaluation: grpo.evaluation, pairs } as const;
  const warnings: string[] = [];
  const onEvent = (event: SessionEvent) => event.type === 'warning' && warnings.push(event.message);
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }), { train: sft }, { onEvent });
  await train(session);
  const read = (name: string) => jsonLines(join(runFolderOf(folder), 'train/sft/data', name));
  const [learned, heldOut] = [await read('pairs.jsonl'), await read('held-out.jsonl')];
  const ids: readonly string[] = heldOut.map(({ documentId }) => documentId);
  return { learned: learned.map(({ completion }) => completion), heldOut: ids, warnings: warnings.join('\n') };
}

it('learns from no part of a held-out page, however it is spaced', async () => {
  const lines = pages.map(({ id, text }) => ({
    original: ` ${text.split('\n')[2]?.replaceAll(' ', '\t')}`,
    rephrased: id,
  }));
  const { learned, heldOut, warnings } = await learn(lines);
  expect(heldOut).toHaveLength(4);
  expect(learned).toEqual(pages.filter(({ id }) => !heldOut.includes(id)).map(({ id }) => `OK ${id}`));
  expect(warnings).toContain('pairs that are not learned from: held out 4');
});

it('takes the word of a pair for its page, where its text says nothing', async () => {
  const lines = pages.map(({ id }, row) => ({ original: `Summary ${row}.`, rephrased: id, page: id }));
  const { learned, heldOut, warnings } = await learn(lines, { id: 'page' });
  expect(learned).toEqual(pages.filter(({ id }) => !heldOut.includes(id)).map(({ id }) => `OK ${id}`));
  expect(warnings).toContain('pairs that are not learned from: held out 4');
  expect((await learn(lines)).learned).toHaveLength(12);
  await expect(learn([...lines, { original: 'No page.', rephrased: 'x' }], { id: 'page' })).rejects.toMatchObject({
    code: 'REPRO_UNUSABLE_TRAINING_PAIRS',
    message: expect.stringMatching(/pairs\.jsonl:13 lacks the id of its document in page/),
  });
});
