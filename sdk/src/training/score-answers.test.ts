import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser, type Rephrasing } from '../contract/rephraser.ts';
import { defineReward, type RewardScore } from '../contract/reward.ts';
import { bindRephraser } from '../rephrasers/bind-rephraser.ts';
import { bindReward, type RewardSettings } from '../rewards/bind-reward.ts';
import { fakeHost } from '../testing/fake-host.ts';
import { fakeRephraserHost } from '../testing/fake-rephraser-host.ts';
import { openPassageFile } from './passage-file.ts';
import { openAnswerScorer } from './score-answers.ts';

const texts = ['First passage.', 'Zweite Stelle: äöü 🚀.', 'Third.'];

async function passageFile() {
  const folder = await mkdtemp(join(tmpdir(), 'repro-answers-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const rows = texts.map((text, row) => ({
    row,
    documentId: `d${row}`,
    passage: { documentId: `d${row}`, index: 0, before: '', text },
    metadata: { row },
    prompt: {},
  }));
  const path = join(folder, 'passages.jsonl');
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = await openPassageFile(path);
  onTestFinished(() => file[Symbol.asyncDispose]());
  return file;
}

const rephraserOf = (parse: (text: string, finishReason: string) => Rephrasing) =>
  bindRephraser(
    defineRephraser({
      specificationVersion: 'v1',
      kind: 'rephraser',
      name: 'by-hand',
      configSchema: z.strictObject({}),
      split: () => [],
      prompt: ({ text }) => ({ text }),
      parse: ([completion]) => parse(completion?.text ?? '', completion?.finishReason ?? ''),
      join: joinParts,
    }),
    {},
    fakeRephraserHost({ generate: () => '' }),
  );

const rewardOf = (
  name: string,
  doScore: (texts: readonly string[]) => Promise<readonly RewardScore[]>,
  settings: RewardSettings = {},
) =>
  bindReward(
    defineReward({
      specificationVersion: 'v1',
      kind: 'reward',
      name,
      configSchema: z.strictObject({}),
      range: [0, 100],
      reads: 'pair',
      doScore: (samples) => doScore(samples.map(({ rephrased }) => rephrased)),
    }),
    {},
    fakeHost(),
    { settings },
  );

const lengthReward = () =>
  rewardOf('length', async (found) => found.map((text) => ({ outcome: 'scored', value: text.length })));

async function scorerOf(options: {
  readonly parse?: Parameters<typeof rephraserOf>[0];
  readonly rewards?: readonly Awaited<ReturnType<typeof rewardOf>>[];
  readonly profile?: 'repro' | 'paper';
  readonly mostSeconds?: number;
}) {
  const { parse = (text) => ({ outcome: 'rephrased', text }), profile = 'repro', mostSeconds = 10 } = options;
  const score = openAnswerScorer({
    rephraser: await rephraserOf(parse),
    rewards: options.rewards ?? [await lengthReward()],
    decisions:
      profile === 'paper' ? { rejected: 'as-empty', cutOff: 'scored' } : { rejected: 'lowest', cutOff: 'rejected' },
    passages: await passageFile(),
    heldOut: undefined,
    mostSeconds,
  });
  return (answers: readonly string[], finishReason: 'stop' | 'length' = 'stop') =>
    score(
      {
        purpose: 'rollout',
        step: 1,
        rank: 0,
        mode: 'sample',
        samples: answers.map((text, sample) => {
          const counts = { position: 0, tokens: 1, promptTokens: 1 };
          return { row: sample % texts.length, sample, text, finishReason, ...counts, thinkPrefilled: false };
        }),
      },
      { abortSignal: new AbortController().signal },
    );
}

it('reads each answer against its own passage, found by its row', async () => {
  const score = await scorerOf({});
  expect(await score(['a', 'bb', 'ccc', 'dddd'])).toMatchObject(
    [1, 2, 3, 4].map((length, index) => ({
      row: { documentId: `d${index % 3}`, passage: { text: texts[index % 3] }, metadata: { row: index % 3 } },
      scores: { length: { outcome: 'scored', value: length } },
      total: { outcome: 'scored', value: length },
      characters: length,
      sourceCharacters: [...(texts[index % 3] ?? '')].length,
    })),
  );
});

it('takes every outcome for what it is worth in training', async () => {
  const outcomes: Readonly<Record<string, Rephrasing>> = {
    rephrased: { outcome: 'rephrased', text: 'new' },
    kept: { outcome: 'kept' },
    expanded: { outcome: 'expanded', texts: [{ text: 'one' }, { text: 'two' }] },
    dropped: { outcome: 'dropped', reason: 'menu' },
    rejected: { outcome: 'rejected', reason: 'no-opener' },
  };
  const score = await scorerOf({ parse: (text) => outcomes[text] ?? (outcomes.rejected as Rephrasing) });
  const found = await score(Object.keys(outcomes));
  expect(found.map(({ text }) => text)).toEqual(['new', texts[1], 'one\n\ntwo', undefined, undefined]);
  expect(found.map(({ reason }) => reason)).toEqual([undefined, undefined, undefined, 'dropped: menu', 'no-opener']);
  expect(found.slice(3)).toMatchObject([
    { scores: {}, characters: 0 },
    { scores: {}, characters: 0 },
  ]);
});

it('scores the empty text in place of a rejected answer, and an answer that is cut off, as the paper did', async () => {
  const parse = (text: string, finishReason: string): Rephrasing =>
    finishReason === 'length' || text === 'bad'
      ? { outcome: 'rejected', reason: 'cut-off' }
      : { outcome: 'rephrased', text };
  const [paper, repro] = [await scorerOf({ parse, profile: 'paper' }), await scorerOf({ parse })];
  expect(await paper(['bad'])).toMatchObject([
    { text: undefined, reason: 'cut-off', characters: 0, scores: { length: { value: 0 } } },
  ]);
  expect(await repro(['bad'])).toMatchObject([{ text: undefined, scores: {} }]);
  expect(await paper(['good'], 'length')).toMatchObject([{ text: 'good', scores: { length: { value: 4 } } }]);
  expect(await repro(['good'], 'length')).toMatchObject([{ text: undefined, reason: 'cut-off' }]);
});

it('cannot train what asks again', async () => {
  const score = await scorerOf({
    parse: (text) => ({ outcome: 'continue', passages: [{ documentId: 'd0', index: 0, before: '', text }] }),
  });
  await expect(score(['a'])).rejects.toMatchObject({ code: 'REPRO_UNTRAINABLE_METHOD' });
});

it('leaves one of four unscored where its reward does, and the others as they are', async () => {
  const odd = await rewardOf('odd', async (found) =>
    found.map((text) =>
      text === 'bb' ? { outcome: 'unscored', reason: 'no verdict' } : { outcome: 'scored', value: 1 },
    ),
  );
  const score = await scorerOf({ rewards: [odd, await lengthReward()] });
  const totals = (await score(['a', 'bb', 'ccc', 'dddd'])).map(({ total }) => total);
  expect(totals).toEqual([
    { outcome: 'scored', value: 2 },
    { outcome: 'unscored', reason: 'odd: no verdict' },
    { outcome: 'scored', value: 4 },
    { outcome: 'scored', value: 5 },
  ]);
});

it('waits for a reward that hangs no longer than the trainer waits, whatever time-out it has', async () => {
  const hanging = () => sleep(60_000, [], { ref: false });
  const rewards = [await rewardOf('hanging', hanging), await rewardOf('patient', hanging, { timeoutSeconds: 30 })];
  const score = await scorerOf({ rewards: [...rewards, await lengthReward()], mostSeconds: 0.05 });
  expect(await score(['a', 'bb'])).toMatchObject(
    [1, 2].map((value) => ({
      scores: {
        hanging: { outcome: 'unscored', reason: 'not scored within 0.05 s' },
        patient: { outcome: 'unscored' },
        length: { outcome: 'scored', value },
      },
      total: { outcome: 'unscored' },
    })),
  );
});
