import { expect, it } from 'vitest';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { Session } from '../session/open-session.ts';
import { fakeRephraserHost } from '../testing/fake-rephraser-host.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { planRun } from './plan-run.ts';
import { recycle } from './recycle.ts';
import { samplePages } from './test-pages.ts';
import { scriptedTrainer } from './test-trainer.ts';
import { grpo, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';

const stages = ['train', 'recycle'] as const;
const different = { train: { ...grpo, learningRate: 1e-5 } };

function answering(rephraser: Session['rephraser']): BoundRephraser {
  const bound = rephraser as BoundRephraser;
  return { ...bound, host: { ...fakeRephraserHost({ generate: () => 'OK said' }), endpoints: bound.host.endpoints } };
}

/** A run of twelve pages that is trained, and recycled with the trained model. */
async function trainedRun(): Promise<string> {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  await using opened = await openTraining(folder, scriptedTrainer({ answer: learning }));
  await train(opened);
  const { rephraser, trainedRephraser } = opened;
  const session = {
    ...opened,
    rephraser: answering(rephraser),
    trainedRephraser: answering(trainedRephraser),
    models: {
      ...opened.models,
      render: async () => [1, 2, 3],
      window: opened.models.windowAtRest,
      engine: async () => ({ maxInFlight: 4 }) as Awaited<ReturnType<Session['models']['engine']>>,
    },
  };
  await recycle(session, { existing: 'keep' });
  return folder;
}

async function plan(folder: string, recipe: Partial<RecipeInput>, existing?: 'keep' | 'redo') {
  await using session = await openTraining(folder, scriptedTrainer({ answer: learning }), recipe);
  const { fault, lines } = await planRun(session, { only: [...stages], existing });
  const run = await train(session, { existing }).catch((error: unknown) => error);
  return { fault, run, said: lines.filter((line) => /^(Refused|Kept|Made|Not compared)/.test(line)) };
}

it('does not hold against a run what its training would put right for nothing', async () => {
  const folder = await trainedRun();
  expect(await plan(folder, {})).toMatchObject({ fault: undefined, said: [] });
  const { fault, said } = await plan(folder, {
    train: { ...grpo, evaluation: { ...grpo.evaluation, choice: 'last' } },
  });
  expect(fault).toBeUndefined();
  expect(said).toEqual([
    expect.stringContaining('Not compared with what lies in the run folder: what recycle has made'),
  ]);
});

it('says of another training what the run would do with it, and that recycling is not compared yet', async () => {
  const folder = await trainedRun();
  const why = 'train/grpo (grpo): begun with another recipe, limit or model';
  const { fault, run, said } = await plan(folder, different);
  expect(fault).toEqual(run);
  expect(said).toEqual([`Refused: ${why}`, expect.stringContaining('Not compared')]);
  expect((await plan(folder, different, 'keep')).said[0]).toBe(`Kept as it is: ${why}`);
  expect((await plan(folder, different, 'redo')).said).toEqual([
    `Made anew: ${why}`,
    expect.stringContaining('Not compared'),
  ]);
});

it('keeps no training that is unfinished', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const onStep = (step: number) => {
    if (step === 3) throw new Error('killed');
  };
  {
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning, onStep }));
    await expect(train(session)).rejects.toThrow('killed');
  }
  const { fault, run } = await plan(folder, different, 'keep');
  expect(fault).toMatchObject({ message: expect.stringContaining('what is unfinished cannot be kept') });
  expect(fault).toEqual(run);
});
