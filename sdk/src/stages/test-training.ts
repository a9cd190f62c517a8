import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser, type Rephrasing } from '../contract/rephraser.ts';
import { splitDocument } from '../contract/split-document.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import type { OpenSessionOptions, Session } from '../session/open-session.ts';
import { openTestSession, rewardOf } from './test-pages.ts';
import { restingModels, type ScriptedTrainer } from './test-trainer.ts';

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

export const grpo = {
  algorithm: 'grpo',
  steps: 4,
  promptsPerStep: 2,
  rollouts: 2,
  evaluation: { every: 2, documents: 4, samples: 2 },
  checkpointEvery: 2,
} as const;

/** More `good` words are better; the model learns to say one more with every step. */
export const goodness = rewardOf('goodness', (text) => Math.min(1, text.split('good').length / 10));
export const learning = (passage: string, { step, sample }: { readonly step: number; readonly sample: number }) =>
  `OK ${passage}${' good'.repeat(step + sample)}`;

export async function openTraining(
  folder: string,
  trainer: ScriptedTrainer,
  recipe: Partial<RecipeInput> = {},
  options: OpenSessionOptions & { readonly revision?: string } = {},
): Promise<Session> {
  const session = await openTestSession(
    folder,
    {
      models: { small: { path: 'builtin:none' } },
      rephraser: { use: openerRephraser, model: 'small', sampling: { temperature: 0.3, maxTokens: 30 } },
      rewards: [{ use: goodness.reward }],
      train: grpo,
      ...recipe,
    },
    options,
  );
  return { ...session, models: restingModels(options.revision), createTrainerGroup: trainer.createTrainerGroup };
}

export const jsonLines = async (path: string) =>
  (await readFile(path, 'utf8')).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
