import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runFolderOf, samplePages } from '../stages/test-pages.ts';
import { scriptedTrainer } from '../stages/test-trainer.ts';
import { grpo, learning, openTraining } from '../stages/test-training.ts';
import { train } from '../stages/train.ts';
import { writeFolder } from '../testing/write-folder.ts';
import type { TrainResult } from '../training/train-result.ts';
import { verifyRun } from './verify-run.ts';

type Changing<Content> = { -readonly [Key in keyof Content]: Content[Key] };

async function trained(settings: object = {}) {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }), {
    train: { ...grpo, ...settings },
  });
  await train(session);
  const run = runFolderOf(folder);
  const result = join(run, 'train/grpo/result.json');
  return {
    run,
    problems: () =>
      verifyRun(run).then(
        () => [],
        ({ problems }) => problems,
      ),
    async change(edit: (result: Changing<TrainResult>) => void, path = result) {
      const content = JSON.parse(await readFile(path, 'utf8'));
      edit(content);
      await writeFile(path, JSON.stringify(content));
    },
    /** Answers of one evaluation, with their new hash in the result. */
    async rewrite(step: number, edit: (text: string) => string, withHash = true) {
      const name = `train/grpo/evaluations/step-00000${step}.jsonl`;
      const text = edit(await readFile(join(run, name), 'utf8'));
      await writeFile(join(run, name), text);
      const sha256 = createHash('sha256').update(text).digest('hex');
      const bytes = Buffer.byteLength(text);
      await (withHash &&
        this.change((found) => {
          found.files = found.files.map((file) => (file.name === name ? { name, bytes, sha256 } : file));
        }));
    },
  };
}

const file = 'train/grpo/result.json';

it.each([
  ['the best', {}],
  ['the last', { evaluation: { ...grpo.evaluation, choice: 'last' } }],
  ['the only one', { evaluation: 'none' }],
  ['one above a floor', { evaluation: { ...grpo.evaluation, floors: { goodness: 0.2 } } }],
])('finds nothing against a choice as it was made: %s', async (_, settings) => {
  expect(await (await trained(settings)).problems()).toEqual([]);
});

it('names a choice that the held-out answers do not make', async () => {
  const { change, problems, run } = await trained();
  await change((result) => {
    result.chosen = { ...result.chosen, step: 2 };
  });
  const message = expect.stringMatching(/^step 2 was chosen \(.*\); by the held-out answers it is step 4 \(the best/);
  const model = { file: 'train/model.json', problem: 'is step 4 of grpo, and step 2 was chosen' };
  expect(await problems()).toEqual([{ file, problem: message }, model]);
  await change((handedOver) => Object.assign(handedOver, { step: 2 }), join(run, 'train/model.json'));
  expect(await problems()).toEqual([{ file, problem: message }]);
});

it('names answers that others have taken the place of, whether or not their hash was changed as well', async () => {
  const worse = (text: string) => text.replaceAll(/"total":[\d.]+/g, '"total":0.01');
  const one = await trained();
  await one.rewrite(4, worse, false);
  const changed = expect.stringMatching(/has \d+ bytes|has changed/);
  expect(await one.problems()).toEqual([{ file: 'train/grpo/evaluations/step-000004.jsonl', problem: changed }]);

  const other = await trained();
  await other.rewrite(4, worse);
  expect(await other.problems()).toEqual([
    { file, problem: expect.stringMatching(/by the held-out answers it is step 2/) },
  ]);
  const third = await trained();
  await third.rewrite(2, worse);
  expect(await third.problems()).toEqual([{ file, problem: expect.stringContaining('its figures of step 2 are not') }]);
});

it('names a result that leaves out an evaluation, or gives another reason', async () => {
  const one = await trained();
  await one.change((result) => {
    result.evaluations = result.evaluations.filter(({ step }) => step !== 0);
  });
  expect(await one.problems()).toMatchObject([{ file, problem: expect.stringContaining('its figures of step 0') }]);
  const other = await trained();
  await other.change((result) => {
    result.chosen = { ...result.chosen, why: 'it is nice', isShownBetter: false };
  });
  expect(await other.problems()).toMatchObject([{ file, problem: expect.stringContaining('why step 4 was chosen') }]);
});

it('compares nothing with a result that does not say how it was decided, or by another rule', async () => {
  const { change, problems } = await trained();
  await change((result) => {
    result.chosen = { ...result.chosen, why: 'as an earlier release said it' };
    result.decided = result.decided && { ...result.decided, rule: 0 };
  });
  expect(await problems()).toEqual([]);
  await change((result) => {
    result.decided = undefined;
  });
  expect(await problems()).toEqual([]);
});
