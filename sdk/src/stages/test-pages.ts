import { join } from 'node:path';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser, type Passage, type Rephrasing } from '../contract/rephraser.ts';
import { defineReward, type RewardScore } from '../contract/reward.ts';
import { splitDocument } from '../contract/split-document.ts';
import type { RecipeInput } from '../recipe/recipe-schema.ts';
import { type OpenSessionOptions, openSession, type Session } from '../session/open-session.ts';

/** Pages `<prefix>0`, `<prefix>1`, ... of two paragraphs each. */
export function samplePages(count: number, prefix = 'p'): readonly { readonly id: string; readonly text: string }[] {
  return Array.from({ length: count }, (_, number) => ({
    id: `${prefix}${number}`,
    text: `Page ${number} of ${prefix} says something.\n\nIt has a second paragraph with ${number} apples.`,
  }));
}

/** A rephraser that asks no model: `answer` decides about each paragraph. */
export function rephraserOf(answer: (passage: Passage) => Rephrasing) {
  return defineRephraser({
    specificationVersion: 'v1',
    kind: 'rephraser',
    name: 'by-hand',
    configSchema: z.strictObject({ note: z.string().optional() }),
    split: (document) => splitDocument(document, { maxCharacters: 60 }),
    prompt: () => [],
    parse: (_none, passage) => answer(passage),
    join: joinParts,
  });
}

/** Every passage in capitals. */
export const shoutingRephraser = rephraserOf(({ text }) => ({ outcome: 'rephrased', text: text.toUpperCase() }));

/** A reward that answers each text as the function says, and counts its calls. */
export function rewardOf(name: string, score: (text: string) => RewardScore | number) {
  const seen: string[] = [];
  const reward = defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name,
    configSchema: z.strictObject({ note: z.string().optional() }),
    range: [0, 1],
    reads: 'pair',
    async doScore(samples) {
      seen.push(...samples.map(({ id }) => id));
      return samples.map(({ rephrased }) => {
        const value = score(rephrased);
        return typeof value === 'number' ? { outcome: 'scored', value } : value;
      });
    },
  });
  return { reward, seen };
}

/** A session over `<folder>/pages/*.jsonl*` with the built-in plugins; runs are in `<folder>/runs`. */
export async function openTestSession(
  folder: string,
  recipe: Partial<RecipeInput> = {},
  options: OpenSessionOptions = {},
): Promise<Session> {
  return openSession(
    {
      name: 'test',
      dataset: { use: 'jsonl', path: join(folder, 'pages/**/*.jsonl*'), id: 'id' },
      rephraser: { use: shoutingRephraser },
      ...recipe,
    } as RecipeInput,
    { runs: join(folder, 'runs'), ...options },
  );
}

export const runFolderOf = (folder: string) => join(folder, 'runs', 'test');
