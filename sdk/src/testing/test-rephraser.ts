import { describe, expect, it } from 'vitest';
import type { Passage, RephraserV1 } from '../contract/rephraser.ts';
import { bindRephraser } from '../rephrasers/bind-rephraser.ts';
import { findFaultOfRephrasing } from '../rephrasers/find-fault-of-rephrasing.ts';
import { rephraseDocument } from '../rephrasers/rephrase-document.ts';
import { copyOverTheWire } from './copy-over-the-wire.ts';
import { fakeCompletion } from './fake-completion.ts';
import type { FakeGenerate } from './fake-host.ts';
import { promptText } from './fake-host.ts';
import { fakeRephraserHost } from './fake-rephraser-host.ts';
import { freezeDeeply } from './freeze-deeply.ts';
import { nastyTexts } from './nasty-texts.ts';
import { sampleDocuments } from './sample-texts.ts';
import { type RawConfig, testPluginObject } from './test-plugin-object.ts';

export interface RephraserSuite {
  readonly config: RawConfig;
  /** Pages of all sorts when absent. */
  readonly documents?: typeof sampleDocuments;
  /** A good model: an answer as the prompt asks for it. Absent for a rephraser that asks nothing. */
  readonly complete?: FakeGenerate;
  /** Whether joining untouched passages gives the document back. True unless said otherwise. */
  readonly lossless?: boolean;
}

/**
 * Registers the tests that every rephraser passes.
 *
 * @example
 * testRephraser(terseRephraser, { config: {}, complete: () => 'Terse: rye was ground here.' });
 */
export function testRephraser<Config>(
  rephraser: RephraserV1<Config>,
  { config, documents: given = sampleDocuments, complete = noModel, lossless = true }: RephraserSuite,
): void {
  // Frozen: a rephraser that changes its input throws in every test below.
  const documents = freezeDeeply(structuredClone(given));
  const host = fakeRephraserHost({ generate: complete });
  const open = async () => {
    const bound = await bindRephraser(rephraser, config, host);
    const window = await host.window();
    const split = (document: (typeof documents)[number]) => freezeDeeply(bound.split(document, window));
    return { bound, split, passages: documents.flatMap(split) };
  };

  describe(`rephraser ${rephraser.name} keeps the contract`, () => {
    testPluginObject(rephraser, config);

    it('cuts a document the same way twice, into numbered passages that have text', async () => {
      const { split } = await open();
      for (const document of documents) {
        const passages = split(document);
        expect(split(document), document.id).toEqual(passages);
        for (const [index, passage] of passages.entries()) {
          expect(passage, document.id).toMatchObject({ documentId: document.id, index });
          expect(passage.before, `before of passage ${index} of ${document.id} is not white space`).toMatch(/^\s*$/);
          expect(passage.text, `passage ${index} of ${document.id} has no text`).toMatch(/\S/);
          expect(passage.text.isWellFormed(), `passage ${index} of ${document.id} cuts a character in two`).toBe(true);
        }
      }
    });

    it.runIf(lossless)('gives a document back from its untouched passages', async () => {
      const { bound, split } = await open();
      for (const document of documents) {
        const parts = split(document).map((passage) => ({ passage, text: passage.text }));
        if (parts.length > 0) {
          expect(bound.join(freezeDeeply(parts), document), document.id).toBe(document.text);
        }
      }
    });

    it('asks plain, well-formed prompts of endpoints that its roles name', async () => {
      const { bound, passages } = await open();
      const roles = ['default', ...(rephraser.roles ?? [])];
      for (const passage of passages) {
        for (const prompt of bound.prompt(passage)) {
          copyOverTheWire(prompt, `a prompt for ${nameOf(passage)}`);
          expect(promptText(prompt), `a prompt for ${nameOf(passage)} is empty`).toMatch(/\S/);
          expect(roles, `the endpoint of a prompt for ${nameOf(passage)}`).toContain(prompt.model ?? 'default');
        }
        expect(bound.prompt(passage), `prompts for ${nameOf(passage)}, asked twice`).toEqual(bound.prompt(passage));
      }
    });

    it('reads any answer without throwing, the same way twice', async () => {
      const { bound, passages } = await open();
      for (const passage of passages) {
        const count = bound.prompt(passage).length;
        for (const text of count === 0 ? [''] : [...nastyTexts, passage.text]) {
          for (const finishReason of ['stop', 'length', 'repetition'] as const) {
            const completions = freezeDeeply(
              Array.from({ length: count }, () => fakeCompletion(text, { finishReason })),
            );
            const rephrasing = bound.parse(completions, passage);
            expect(findFaultOfRephrasing(rephrasing), nameOf(passage)).toBeUndefined();
            expect(bound.parse(completions, passage), `${nameOf(passage)}, read twice`).toEqual(rephrasing);
          }
        }
      }
    });

    it.runIf(complete !== noModel)('takes a good answer, and never one that was cut off', async () => {
      const { bound, passages } = await open();
      const taken: string[] = [];
      for (const passage of passages) {
        const prompts = bound.prompt(passage).map((prompt) => ({ prompt, sampling: {}, seed: 0 }));
        const asked = { affinity: passage.documentId, abortSignal: new AbortController().signal };
        const answers = (await host.ask(prompts, asked)).filter((answer) => answer.outcome === 'completed');
        taken.push(bound.parse(answers, passage).outcome);
        // A cut answer lacks its end: what it says so far is no text to put into a corpus.
        const cut = answers.map((answer) => ({
          ...answer,
          finishReason: 'length' as const,
          text: firstHalf(answer.text),
        }));
        const { outcome } = bound.parse(cut, passage);
        expect(['rephrased', 'expanded'], `outcome of a cut answer for ${nameOf(passage)}`).not.toContain(outcome);
      }
      expect(
        taken.some((outcome) => outcome !== 'rejected'),
        'every answer of `complete` was rejected',
      ).toBe(true);
    });

    it('brings every document to an end', async () => {
      const { bound } = await open();
      // biome-ignore lint/suspicious/noThenProperty: the recipe's own word
      const policy = { retry: 0, then: 'keep-source' } as const;
      for (const document of documents) {
        const ended = await rephraseDocument(bound, document, { policy, abortSignal: new AbortController().signal });
        expect(ended.outcome, document.id).not.toBe('failed');
        for (const { id, text } of ended.texts) {
          expect(text.isWellFormed(), `the text of ${id} is no well-formed Unicode`).toBe(true);
        }
      }
    });
  });
}

function noModel(prompt: string): never {
  throw new Error(
    `The rephraser asked "${prompt.slice(0, 60)}", and the suite was given no model: pass { complete: (prompt) => "an answer" }.`,
  );
}

function firstHalf(text: string): string {
  return text.slice(0, text.length / 2).toWellFormed();
}

function nameOf({ documentId, index }: Passage): string {
  return `passage ${index} of ${documentId}`;
}
