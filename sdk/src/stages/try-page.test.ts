import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { BoundRephraser } from '../rephrasers/bind-rephraser.ts';
import type { Session } from '../session/open-session.ts';
import type { SessionEvent } from '../session/session-event.ts';
import { fakeRephraserHost } from '../testing/fake-rephraser-host.ts';
import { writeFolder } from '../testing/write-folder.ts';
import { runFolderOf, samplePages } from './test-pages.ts';
import { restingModels, scriptedTrainer } from './test-trainer.ts';
import { grpo, learning, openTraining } from './test-training.ts';
import { train } from './train.ts';
import { tryPage } from './try-page.ts';

/** A rephraser that answers with the key of the model that it asks. */
function telling(rephraser: Session['rephraser']): BoundRephraser {
  const bound = rephraser as BoundRephraser;
  const { endpoints } = bound.host;
  const generate = () => `OK said by ${endpoints.get('default')}`;
  return { ...bound, host: { ...fakeRephraserHost({ generate }), endpoints } };
}

async function look(folder: string, recipe: Partial<RecipeInput> = {}) {
  const told: string[] = [];
  const onEvent = (event: SessionEvent) =>
    (event.type === 'note' || event.type === 'warning') && told.push(`${event.type}: ${event.message}`);
  await using opened = await openTraining(folder, scriptedTrainer({ answer: learning }), recipe, { onEvent });
  const session = {
    ...opened,
    rephraser: telling(opened.rephraser),
    trainedRephraser: telling(opened.trainedRephraser),
    models: { ...restingModels(), render: async () => [1, 2, 3] },
  };
  const { text, model } = await tryPage(session, { id: 'page', text: 'A page.' });
  return { text, model, told };
}

it('asks the trained model where there is one, and says which', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(12) });
  const own = { text: 'said by small', model: 'small' };
  expect(await look(folder)).toEqual({ ...own, told: [] });
  expect(existsSync(runFolderOf(folder))).toBe(false);
  {
    await using session = await openTraining(folder, scriptedTrainer({ answer: learning }));
    await train(session);
  }
  const trained = { text: 'said by small (trained)', model: 'small (trained)' };
  const note = 'note: model small (trained): step 4 of train/grpo';
  const otherTokens = expect.stringMatching(/^warning: train\/model, .*read as other tokens than in training/);
  expect(await look(folder)).toEqual({ ...trained, told: [note, otherTokens] });
  expect(await look(folder, { recycle: { checkpoint: 'none' } })).toEqual({ ...own, told: [] });
  const otherRecipe = expect.stringMatching(
    /^warning: train\/model, which recycle would refuse: trained or chosen with/,
  );
  expect(await look(folder, { train: { ...grpo, steps: 6 } })).toEqual({
    ...trained,
    told: [otherRecipe, note, otherTokens],
  });
});
