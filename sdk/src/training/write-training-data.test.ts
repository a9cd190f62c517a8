import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { joinParts } from '../contract/join-parts.ts';
import type { Prompt } from '../contract/model.ts';
import { defineRephraser, type Passage } from '../contract/rephraser.ts';
import { splitDocument } from '../contract/split-document.ts';
import { promptMessage } from '../models/engine-messages.ts';
import { bindRephraser } from '../rephrasers/bind-rephraser.ts';
import { openPosixStore } from '../run/posix-store.ts';
import { fakeRephraserHost } from '../testing/fake-rephraser-host.ts';
import { writePairs } from './write-pairs.ts';
import { type TrainingDataOptions, writeTrainingData } from './write-training-data.ts';

const asking = (prompt: (passage: Passage) => Prompt | readonly Prompt[]) =>
  bindRephraser(
    defineRephraser({
      specificationVersion: 'v1',
      kind: 'rephraser',
      name: 'by-hand',
      configSchema: z.strictObject({}),
      split: (document) => splitDocument(document, { maxCharacters: 200 }),
      prompt,
      parse: ([completion]) =>
        completion?.text.startsWith('Here: ')
          ? { outcome: 'rephrased', text: completion.text }
          : { outcome: 'rejected', reason: 'no-opener' },
      join: joinParts,
    }),
    {},
    fakeRephraserHost({ generate: () => '' }),
  );

const plainPrompt = ({ text }: Passage): Prompt => ({ messages: [{ role: 'user', content: `Say: ${text}` }] });
const window = { countTokens: (text: string) => text.length, contextTokens: 10_000 };
const pages = Array.from({ length: 10 }, (_, index) => ({
  id: `p${index}`,
  text: `Page ${index} has a paragraph.\n\n${'And words that follow it. '.repeat(12)}`,
  metadata: { page: index },
}));

async function newStore() {
  const folder = await mkdtemp(join(tmpdir(), 'repro-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openPosixStore(folder);
}

async function write(
  options: Partial<TrainingDataOptions> = {},
  read = () =>
    (async function* () {
      yield* pages;
    })(),
) {
  const store = await newStore();
  const rephraser = options.rephraser ?? (await asking(plainPrompt));
  const data = await writeTrainingData(store, 'data', read, {
    ...{
      rephraser,
      window,
      passage: 'any',
      maxCharacters: undefined,
      heldOutDocuments: 3,
      withPassages: true,
      seed: 1,
    },
    ...options,
  });
  const lines = async (name: string) =>
    (await readFile(join(store.root, 'data', name), 'utf8').catch(() => ''))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return { data, rows: await lines('passages.jsonl'), heldOut: await lines('held-out.jsonl'), rephraser };
}

it('writes every passage that recycle would make, with the prompt that it would ask, and nothing of what is held out', async () => {
  const { rows, heldOut, rephraser, data } = await write();
  const documents = [...new Set(rows.map(({ documentId }) => documentId))];
  expect(documents).toHaveLength(7);
  for (const id of documents) {
    const page = pages.find((one) => one.id === id) as (typeof pages)[number];
    const own = rows.filter(({ documentId }) => documentId === id);
    const passages = rephraser.split(page, window);
    expect(own.map(({ passage }) => passage)).toEqual(passages);
    expect(own.map(({ prompt }) => prompt)).toEqual(passages.map((passage) => promptMessage(plainPrompt(passage))));
    expect(own[0].metadata).toEqual(page.metadata);
  }
  expect(rows.map(({ row }) => row)).toEqual(rows.map((_, index) => index));
  expect(heldOut).toHaveLength(3);
  expect(heldOut.filter(({ documentId }) => documents.includes(documentId))).toEqual([]);
  expect(data).toMatchObject({ passages: { rows: rows.length, documents: 7 }, heldOut: { rows: 3, documents: 3 } });
});

it('holds out the same passages in whatever order the pages come', async () => {
  const texts = async (order: typeof pages) =>
    (
      await write({}, () =>
        (async function* () {
          yield* order;
        })(),
      )
    ).heldOut
      .map(({ passage }) => passage.text)
      .sort();
  expect(await texts(pages.toReversed())).toEqual(await texts(pages));
});

it('trains on no copy of what is held out, and knows its parts in pairs', async () => {
  // Each page three times: as it is, in other white space, and within a frame.
  const copies = pages.flatMap((page) => [
    page,
    { ...page, id: `${page.id}-spaced`, text: `\n${page.text.replaceAll(' ', '  ')}` },
    { ...page, id: `${page.id}-framed`, text: `Home | About\n${page.text}\nAll rights reserved` },
  ]);
  const read = async function* () {
    yield* copies;
  };
  const { rows, heldOut, data } = await write({ heldOutDocuments: 4 }, read);
  const pageOf = ({ documentId }: { readonly documentId: string }) => documentId.split('-')[0];
  const measured = new Set(heldOut.map(pageOf));
  expect(rows.filter((row) => measured.has(pageOf(row)))).toEqual([]);
  const trained = new Set(rows.map(({ documentId }) => documentId)).size;
  expect(trained).toBe(3 * (pages.length - measured.size));
  expect(data.copies).toBe(copies.length - trained - heldOut.length);

  const rephraser = await asking(plainPrompt);
  const ids = heldOut.map(({ documentId }) => documentId);
  for (const page of copies) {
    expect(data.isHeldOut({ documentId: page.id, text: 'Summed up.' })).toBe(
      measured.has(pageOf({ documentId: page.id })),
    );
    if (ids.includes(page.id) || !measured.has(pageOf({ documentId: page.id }))) {
      const texts = rephraser.split(page, window).map(({ text }) => `  ${text.replaceAll(' ', '\n')}`);
      // Their second passages are the same words on every page.
      expect(data.isHeldOut({ text: texts[0] ?? '' })).toBe(ids.includes(page.id));
    }
  }
});

it('cuts shorter where the recipe says so, and takes the beginning of a page as the paper', async () => {
  const short = await write({ maxCharacters: 60 });
  expect(Math.max(...short.rows.map(({ passage }) => passage.text.length))).toBeLessThanOrEqual(60);
  const first = await write({ passage: 'first', maxCharacters: 26 });
  expect(first.rows).toHaveLength(7);
  for (const { documentId, passage } of first.rows) {
    expect(
      pages
        .find(({ id }) => id === documentId)
        ?.text.slice(0, 26)
        .trim(),
    ).toBe(passage.text);
  }
});

it('refuses a rephraser that asks several prompts', async () => {
  const rephraser = await asking((passage) => [plainPrompt(passage), plainPrompt(passage)]);
  await expect(write({ rephraser })).rejects.toMatchObject({
    code: 'REPRO_UNTRAINABLE_METHOD',
    message: expect.stringContaining('asks 2 prompts'),
  });
});

it('writes pairs whose answers the rephraser takes, and counts the others by reason', async () => {
  const store = await newStore();
  const pairs = [
    { id: '1', original: 'A page.', rephrased: 'Here: a page.' },
    { id: '2', original: 'No opener.', rephrased: 'a page.' },
    { id: '3', original: 'word '.repeat(100), rephrased: 'Here: long.' },
    { id: '4', original: 'Held out.', rephrased: 'Here: held out.' },
  ];
  const isHeldOut = ({ text }: { readonly text: string }) => text === 'Held out.';
  const options = { rephraser: await asking(plainPrompt), window, isHeldOut };
  const given = async function* () {
    yield* pairs;
  };
  const found = await writePairs(store, 'data', given(), { ...options, opener: '' });
  expect(Object.fromEntries(found.leftOut)).toEqual({ 'no-opener': 1, 'not one passage': 1, 'held out': 1 });
  expect(JSON.parse(await readFile(join(store.root, found.file), 'utf8'))).toEqual({
    row: 0,
    prompt: promptMessage({ messages: [{ role: 'user', content: 'Say: A page.' }] }),
    completion: 'Here: a page.',
  });
  const opened = await writePairs(store, 'opened', given(), { ...options, opener: 'Here: ' });
  expect(opened.passages.rows).toBe(2);
});
