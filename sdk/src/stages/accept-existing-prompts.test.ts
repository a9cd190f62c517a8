import { expect, it } from 'vitest';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import { defineRephraser } from '../contract/rephraser.ts';
import { splitDocument } from '../contract/split-document.ts';
import { bindRephraser } from '../rephrasers/bind-rephraser.ts';
import { bindReward } from '../rewards/bind-reward.ts';
import { verifyRun } from '../run/verify-run.ts';
import type { Session } from '../session/open-session.ts';
import { fakeHost } from '../testing/fake-host.ts';
import { fakeRephraserHost } from '../testing/fake-rephraser-host.ts';
import { writeFolder, writePages } from '../testing/write-folder.ts';
import { readRecords } from './read-recycled.ts';
import { recycle } from './recycle.ts';
import { openTestSession, rewardOf, runFolderOf, samplePages } from './test-pages.ts';

/** Asks the model for each paragraph; the role `second` is never asked about the first passage of a page. */
const askingRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'asking',
  configSchema: z.strictObject({}),
  roles: ['default', 'second'],
  split: (document) => splitDocument(document, { maxCharacters: 60 }),
  prompt: ({ text, index }) => ({ text, ...(index > 0 && { model: 'second' }) }),
  parse: ([completion]) => ({ outcome: 'rephrased', text: completion?.text ?? '' }),
  join: joinParts,
});

/** A session whose models read prompts with tokenizers of these names, and answer with them. */
async function open(folder: string, tokenizers: Readonly<Record<string, string>>, { routed = false } = {}) {
  const session = await openTestSession(folder);
  const answer = Object.values(tokenizers).join(' and ');
  const host = {
    ...fakeRephraserHost({ generate: () => `Read by ${answer}.` }),
    endpoints: new Map([
      ['default', 'small'],
      ['second', 'large'],
    ]),
  };
  const bound = await bindRephraser(askingRephraser, {}, host);
  const by = await bindReward(rewardOf('one', () => 1).reward, {}, fakeHost());
  const started: string[] = [];
  const fake: Session = {
    ...session,
    rephraser: routed ? { by, cases: [{ to: bound }] } : bound,
    models: {
      ...session.models,
      reference: async (name) => ({ name, path: name, revision: 'r1' }),
      engine: async () => ({ maxInFlight: 4 }) as never,
      window: host.window,
      statistics: async () => new Map(),
      render: async (name) => {
        started.push(name);
        return [...Buffer.from(tokenizers[name] ?? '')];
      },
    },
  };
  return { session: fake, started, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}

const textsOf = async (session: Session) =>
  (await Array.fromAsync(readRecords(session, 'recycle'))).map(
    ({ id, text }) => `${id} ${text.slice(8).split('.')[0]}`,
  );

it.each([
  ['the default model', { small: 'B', large: 'A' }, 'prompt/asking/small'],
  ['the model of another role', { small: 'A', large: 'B' }, 'prompt/asking/large as second'],
])('stops where %s reads prompts otherwise, and keeps or redoes as one says', async (_, changed, note) => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1, 'a') });
  {
    await using first = await open(folder, { small: 'A', large: 'A' });
    await recycle(first.session);
    expect(new Set(first.started)).toEqual(new Set(['small', 'large']));
  }
  await using again = await open(folder, changed);
  await recycle(again.session);
  // Nothing is left to do: no model starts, so nobody can know.
  expect(again.started).toEqual([]);

  await writePages(`${folder}/pages/b.jsonl`, samplePages(1, 'b'));
  const now = Object.values(changed).join(' and ');
  await expect(recycle(again.session)).rejects.toMatchObject({
    code: 'REPRO_EXISTING_OUTPUT',
    parts: [{ part: 'recycle/part-00000', shard: 'a.jsonl', why: expect.stringContaining(note) }],
    hint: expect.stringMatching(/--keep.*--redo/),
  });
  await recycle(again.session, { existing: 'keep' });
  expect(await textsOf(again.session)).toEqual(['a0 A and A', `b0 ${now}`]);
  await verifyRun(runFolderOf(folder));
});

it('throws away with `redo` what was made and what was in progress', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1, 'a'), 'pages/b.jsonl': samplePages(1, 'b') });
  {
    await using first = await open(folder, { small: 'A', large: 'A' });
    const stop = async ({ original }: { readonly original: { readonly id: string } }) => {
      if (original.id === 'b0') {
        throw new Error('stop');
      }
    };
    await expect(recycle(first.session, { onDocument: stop })).rejects.toThrow('stop');
  }
  await using again = await open(folder, { small: 'B', large: 'B' });
  const error = await recycle(again.session).catch((thrown) => thrown);
  expect(error.parts.map(({ shard }: { shard: string }) => shard)).toContain('b.jsonl');
  await recycle(again.session, { existing: 'redo' });
  expect(await textsOf(again.session)).toEqual(['a0 B and B', 'b0 B and B']);
  await verifyRun(runFolderOf(folder));
});

it('looks at every rephraser behind a route', async () => {
  const folder = await writeFolder({ 'pages/a.jsonl': samplePages(1, 'a') });
  await using routed = await open(folder, { small: 'A', large: 'A' }, { routed: true });
  await recycle(routed.session);
  expect(new Set(routed.started)).toEqual(new Set(['small', 'large']));
});
