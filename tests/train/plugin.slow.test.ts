import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession, queryRun, type RecipeInput, readRecords, recycle, train } from '@repro/sdk';
import { defineRephraser, defineReward, joinParts, splitDocument } from '@repro/sdk/contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { writeFolder } from '../../sdk/src/testing/write-folder.ts';
import { writeTinyModel } from './tiny-training.ts';

/** Takes whatever a random model answers. */
const takesAll = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'takes-all',
  configSchema: z.strictObject({}),
  roles: ['default'],
  split: (document) => splitDocument(document, { maxCharacters: 1000 }),
  prompt: ({ text }) => ({ messages: [{ role: 'user', content: text }] }),
  parse: ([completion]) => ({ outcome: 'rephrased', text: `${completion?.text}.` }),
  join: joinParts,
});

const reward = (name: string, doScore: (texts: readonly string[]) => Promise<readonly (number | null)[]>) =>
  defineReward({
    specificationVersion: 'v1',
    kind: 'reward',
    name,
    configSchema: z.strictObject({}),
    range: [0, 1e6],
    reads: 'text',
    async doScore(samples) {
      const values = await doScore(samples.map(({ rephrased }) => rephrased));
      return values.map((value) =>
        value === null ? { outcome: 'unscored', reason: 'left out' } : { outcome: 'scored', value },
      );
    },
  });

/** How long an answer is; nothing for every fourth one. */
const leavesOut = reward('leaves-out', async (texts) => texts.map((text, at) => (at % 4 === 3 ? null : text.length)));
const hangs = reward('hangs', () => new Promise(() => {}));

async function openTiny(rewards: RecipeInput['rewards'], more: Partial<RecipeInput> = {}) {
  const pages = Array.from({ length: 6 }, (_, page) =>
    JSON.stringify({ id: `p${page}`, text: `The key of page ${page} is under the mat.` }),
  );
  const folder = await writeFolder({ 'pages.jsonl': `${pages.join('\n')}\n` });
  await writeTinyModel(join(folder, 'model'));
  return openSession(
    {
      name: 'tiny',
      seed: 3,
      models: { tiny: { path: join(folder, 'model') } },
      dataset: { use: 'jsonl', path: join(folder, 'pages.jsonl'), text: 'text', id: 'id' },
      rephraser: { use: takesAll, model: 'tiny', sampling: { maxTokens: 8 } },
      rewards,
      train: {
        algorithm: 'grpo',
        steps: 2,
        promptsPerStep: 2,
        rollouts: 4,
        learningRate: 0.01,
        objective: { warmupShare: 0, schedule: 'constant' },
        evaluation: 'none',
        guards: { unscoredShare: 1, zeroVarianceSteps: 10 },
      },
      ...more,
    },
    { runs: join(folder, 'runs') },
  );
}

it('a rollout that a plugin leaves unscored takes no part, and recycle uses what was learned', async () => {
  await using session = await openTiny([{ use: leavesOut }]);
  const { folder } = await session.openRun();
  await train(session);
  const { rows } = await queryRun(
    folder,
    'select step, total, advantage, masked from rollouts order by step, row, sample',
  );
  expect(rows).toHaveLength(16);
  for (let at = 0; at < rows.length; at += 4) {
    const group = rows.slice(at, at + 4).map(([, total, advantage, masked]) => ({ total, advantage, masked }));
    expect(group[3]).toEqual({ total: null, advantage: 0, masked: true });
    const three = group.slice(0, 3).map(({ advantage }) => Number(advantage));
    expect(three.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 3);
    const squares = three.reduce((sum, one) => sum + one ** 2, 0);
    // The spread of three is 1, or 0 where all three are equal.
    expect(Math.min(Math.abs(squares - 2), Math.abs(squares))).toBeLessThan(0.01);
  }
  const weights = join(folder, 'train/model/model.safetensors');
  expect((await readFile(weights)).length).toBeGreaterThan(100_000);
  await recycle(session);
  const texts: string[] = [];
  for await (const { text } of readRecords(session, 'recycle')) {
    texts.push(text);
  }
  await using untrained = await openTiny([{ use: leavesOut }], { train: undefined });
  await recycle(untrained);
  const before: string[] = [];
  for await (const { text } of readRecords(untrained, 'recycle')) {
    before.push(text);
  }
  expect(texts).toHaveLength(before.length);
  expect(texts).not.toEqual(before);
});

it('a reward that hangs ends by its time-out, and the training goes on', async () => {
  await using session = await openTiny([{ use: leavesOut }, { use: hangs, timeout: '200ms' }]);
  const { folder } = await session.openRun();
  await train(session);
  const { rows } = await queryRun(folder, 'select distinct total, advantage, masked from rollouts');
  expect(rows).toEqual([[null, 0, true]]);
});
