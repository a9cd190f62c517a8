import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, readRecords, recycle, rephrase, type SessionEvent, score, verifyRun } from '@repro/sdk';
import { defineReward } from '@repro/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const pages = [
  'Home | Shop | Contact\n\nThe mill was built in 1874. It ground rye and oats until 1931.',
  'Boil the beans for 40 minutes. Add salt at the end, or the skins stay hard.',
  'The bridge is closed on Mondays. Cyclists may use the ferry at Lindum, which costs 2 euros.',
];

/** A reward that a program brings along: no package, no manifest. */
const toneReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'tone',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'text',
  async doScore(samples) {
    return samples.map(({ rephrased }) => ({ outcome: 'scored', value: rephrased.includes('!') ? 0 : 1 }));
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repro-program-'));
  const lines = pages.map((text, index) => JSON.stringify({ text, place: index }));
  await writeFile(join(folder, 'pages.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('recycles, scores and reads back three pages from a program', async () => {
  const events: SessionEvent[] = [];
  await using session = await openSession(
    {
      name: 'demo',
      seed: 7,
      plugins: ['@repro/plugins'],
      models: { small: { path: 'builtin:smollm2-135m', engine: 'transformers' } },
      dataset: { use: 'jsonl', path: join(folder, 'pages.jsonl'), text: 'text' },
      rephraser: { use: 'repro', model: 'small', sampling: { temperature: 0.7, maxTokens: 128 } },
      rewards: [
        { use: 'length', weight: 1 },
        { use: toneReward, weight: 2 },
      ],
    },
    { runs: join(folder, 'runs'), onEvent: (event) => events.push(event) },
  );
  const page = await rephrase(session, { id: '1', text: pages[0] ?? '' });
  expect(page.passages).toHaveLength(1);
  expect(page.scores.tone).toMatchObject({ outcome: 'scored' });
  expect(page.total.outcome).toBe('scored');

  const summary = await recycle(session, { limit: 100 });
  expect(summary.documents).toEqual({ in: 3, written: 3, dropped: 0, failed: 0, quarantined: 0 });
  const scores = await score(session);
  expect(Object.keys(scores.rewards)).toEqual(['length', 'tone']);

  const records = await Array.fromAsync(readRecords(session, 'recycle'));
  expect(records.map(({ id }) => id)).toEqual(['pages.jsonl:1', 'pages.jsonl:2', 'pages.jsonl:3']);
  expect(records.map(({ metadata }) => metadata.place)).toEqual([0, 1, 2]);
  expect(records.every(({ scores: own }) => own.length?.outcome === 'scored' && own.tone?.outcome === 'scored')).toBe(
    true,
  );
  expect((await verifyRun(summary.run)).documents).toBe(3);
  expect(events.some(({ type }) => type === 'part')).toBe(true);
});
