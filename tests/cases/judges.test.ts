import { datamanReward } from '@repro/plugins';
import { recycle, score } from '@repro/sdk';
import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { fakeCompletion, fakeModels, promptText } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openProject } from './test-run.ts';

/** What a judge on a scale from 1 to 5 may answer, and the rating that is in it. */
const answers = [
  ['5.0 (very good)', 5],
  ['4/5', 4],
  ['**Score: 3**', 3],
  ['There are 3 lists. Score: 2', 2],
  ...['10', '1e-1', '-1', '', 'I cannot rate this.', '[ERROR] 503 upstream', 'Score: NaN', 'Score: 4 or 5'].map(
    (answer) => [answer, undefined] as const,
  ),
] as const;

const rewrite = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'rewrite',
  configSchema: z.strictObject({}),
  split: (document) => splitDocument(document, { maxCharacters: 1000 }),
  prompt: () => [],
  parse: (_none, { text }) => ({ outcome: 'rephrased', text: `${text}, rewritten` }),
  join: joinParts,
});

/** The built-in reward before a judge that answers the n-th page with the n-th answer. */
const judged: typeof datamanReward = {
  ...datamanReward,
  roles: [],
  doScore: (samples, context) =>
    datamanReward.doScore(samples, {
      ...context,
      models: fakeModels(),
      generate: async (_model, prompts) =>
        prompts.map((prompt) =>
          fakeCompletion(answers[Number(/page (\d+),/.exec(promptText(prompt))?.[1])]?.[0] ?? ''),
        ),
    }),
};

it('R05: a judge whose answer is no rating leaves its page unscored, with its words, and counted', async () => {
  const pages = answers.map(
    (_answer, page) => `${JSON.stringify({ id: `${page}`, text: `page ${page}`, quality: 1 })}\n`,
  );
  const project = await openProject({ 'pages/a.jsonl': pages.join('') });
  await using session = await project.open({
    rephraser: { use: rewrite },
    rewards: [{ use: judged, prompt: 'Rate {text}', label: 'quality' }],
    score: {},
  });
  await recycle(session);
  const { rewards } = await score(session);
  expect(rewards.dataman).toMatchObject({ scored: 4, unscored: 8, mean: (4 + 3 + 2 + 1) / 4 });
  const rows = await project.query('select value, reason from scores order by record_id::int');
  expect(rows).toEqual(
    answers.map(([answer, rating]) =>
      rating === undefined
        ? [null, `judge answered ${JSON.stringify(answer)} (of the rephrasing)`]
        : [rating - 1, null],
    ),
  );
});
