import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { countCharacters } from '../contract/count-characters.ts';
import { joinParts } from '../contract/join-parts.ts';
import type { Completion, Prompt } from '../contract/model.ts';
import { defineRephraser, type Rephrasing } from '../contract/rephraser.ts';
import { SettingsRefusedError } from '../contract/settings-refused.ts';
import { splitDocument } from '../contract/split-document.ts';
import { fakeCompletion } from '../testing/fake-completion.ts';
import { promptText } from '../testing/fake-host.ts';
import { bindRephraser, type Question } from './bind-rephraser.ts';
import { rephraseDocument } from './rephrase-document.ts';
import type { RejectionPolicy } from './rephrase-passage.ts';

const abortSignal = new AbortController().signal;

/** Asks for each paragraph and reads the answer as the outcome's JSON, or else as the new text. */
const jsonRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'json',
  configSchema: z.strictObject({ prompts: z.int().default(1), maxCharacters: z.int().default(100) }),
  split: (document, { config }) => splitDocument(document, { maxCharacters: config.maxCharacters }),
  prompt: ({ text }, { prompts }): readonly Prompt[] => Array.from({ length: prompts }, () => ({ text })),
  parse: ([completion]): Rephrasing => {
    if (completion?.finishReason === 'length') {
      return { outcome: 'rejected', reason: 'cut-off' };
    }
    const text = completion?.text ?? '';
    return text.startsWith('{') ? JSON.parse(text) : { outcome: 'rephrased', text };
  },
  join: joinParts,
});

const policyOf = (retry: number, then: RejectionPolicy['then']): RejectionPolicy => ({ retry, then });

type Answer = (text: string, times: number) => string | Completion | Rephrasing;

/** Rephrases a text with a model that answers as the function says, and tells what it was asked. */
async function rephrase(
  text: string,
  answer: Answer,
  { policy = policyOf(1, 'keep-source'), config = {} }: { policy?: RejectionPolicy; config?: object } = {},
) {
  const asked: string[] = [];
  const questions: Question[] = [];
  const bound = await bindRephraser(
    jsonRephraser,
    { ...config },
    {
      endpoints: new Map([['default', 'small']]),
      seed: 7,
      window: async () => ({ countTokens: countCharacters, contextTokens: 1000 }),
      ask: async (all) =>
        all.map((question) => {
          const passage = promptText(question.prompt);
          questions.push(question);
          asked.push(passage);
          const given = answer(passage, asked.filter((other) => other === passage).length);
          return typeof given === 'string'
            ? fakeCompletion(given, { promptTokens: 10 })
            : 'finishReason' in given || given.outcome === 'failed'
              ? given
              : fakeCompletion(JSON.stringify(given), { promptTokens: 10 });
        }),
    },
  );
  const document = { id: 'page', text, metadata: {} };
  return { asked, questions, ...(await rephraseDocument(bound, document, { policy, abortSignal })) };
}

/** Rephrases a page with some hooks exchanged. */
async function withHook(hooks: Partial<typeof jsonRephraser>) {
  const host = {
    endpoints: new Map([['default', 'small']]),
    seed: 7,
    window: async () => ({ countTokens: countCharacters, contextTokens: 1000 }),
    ask: async (all: readonly Question[]) => all.map(() => fakeCompletion('New words.')),
  };
  const place = { path: ['rephraser'], locate: () => ({ folder: '/' }) };
  const bound = await bindRephraser({ ...jsonRephraser, ...hooks }, {}, host, { place });
  const document = { id: 'page', text: oneParagraph, metadata: {} };
  return rephraseDocument(bound, document, { policy: policyOf(1, 'keep-source'), abortSignal });
}

const cutOff = fakeCompletion('half an ans', { finishReason: 'length' });
const rejected = (reason: string): Rephrasing => ({ outcome: 'rejected', reason });
const twoParagraphs = `${'First paragraph. '.repeat(5).trim()}\n\n${'Second paragraph. '.repeat(5).trim()}`;
const oneParagraph = 'A paragraph of sixty characters or so. It has two sentences.';

describe('a document', () => {
  it('is split, asked about and joined with its separators', async () => {
    const { texts, passages, rephrasedShare, method, model } = await rephrase(twoParagraphs, (text) =>
      text.toUpperCase(),
    );
    expect(texts).toEqual([{ id: 'page', text: twoParagraphs.toUpperCase(), rephrasedShare: 1 }]);
    expect(passages.map(({ path, outcome }) => [path, outcome])).toEqual([
      ['0', 'rephrased'],
      ['1', 'rephrased'],
    ]);
    expect([rephrasedShare, method, model]).toEqual([1, 'json', 'small']);
  });

  it('without text is written unchanged, and nothing is asked', async () => {
    expect(await rephrase(' \n ', () => 'never')).toMatchObject({
      outcome: 'written',
      asked: [],
      passages: [],
      texts: [{ id: 'page', text: ' \n ', rephrasedShare: 0 }],
    });
  });

  it('of which nothing is left is dropped, or failed where a worker was at fault', async () => {
    const dropped = await rephrase(twoParagraphs, () => ({ outcome: 'dropped', reason: 'spam' }));
    expect(dropped).toMatchObject({ outcome: 'dropped', reason: 'spam', texts: [] });
    const failed = await rephrase(oneParagraph, () => ({ outcome: 'failed', reason: 'worker-killed' }), {
      policy: policyOf(3, 'drop'),
    });
    expect(failed).toMatchObject({ outcome: 'failed', reason: 'worker-killed', texts: [], asked: [oneParagraph] });
  });

  it('has the share of its characters that stand there in new words', async () => {
    const { texts } = await rephrase(twoParagraphs, (text) =>
      text.startsWith('First') ? 'New words.' : { outcome: 'kept' },
    );
    const [first, second] = twoParagraphs.split('\n\n').map(countCharacters) as [number, number];
    expect(texts[0]?.rephrasedShare).toBeCloseTo(first / (first + second));
  });
});

describe('an unusable answer', () => {
  it('is asked for again with other noise, and the page is kept when that does not help', async () => {
    const helped = await rephrase(oneParagraph, (_, times) => (times === 1 ? rejected('no-opener') : 'Better.'));
    expect(helped.passages).toMatchObject([
      { outcome: 'rephrased', attempts: 2, promptTokens: 20, completionTokens: helped.passages[0]?.completionTokens },
    ]);
    expect(new Set(helped.questions.map(({ seed }) => seed)).size).toBe(2);
    const kept = await rephrase(oneParagraph, () => rejected('no-opener'));
    expect(kept.passages).toMatchObject([
      { outcome: 'fell-back', reason: 'no-opener', text: oneParagraph, attempts: 2 },
    ]);
    expect(kept).toMatchObject({ outcome: 'written', texts: [{ text: oneParagraph, rephrasedShare: 0 }] });
  });

  it('becomes nothing under `then: drop`', async () => {
    const { outcome, passages } = await rephrase(oneParagraph, () => rejected('loop'), {
      policy: policyOf(0, 'drop'),
    });
    expect([outcome, passages[0]?.outcome, passages[0]?.attempts]).toEqual(['dropped', 'dropped', 1]);
  });

  it('that is a refusal is not asked for again, nor is a greedy one', async () => {
    expect((await rephrase(oneParagraph, () => rejected('refusal'))).asked).toHaveLength(1);
    const bound = await bindRephraser(
      jsonRephraser,
      {},
      {
        endpoints: new Map([['default', 'small']]),
        seed: 0,
        window: async () => ({ countTokens: countCharacters, contextTokens: 1000 }),
        ask: async () => [fakeCompletion(JSON.stringify(rejected('loop')))],
      },
      { sampling: { temperature: 0 } },
    );
    const document = { id: 'page', text: oneParagraph, metadata: {} };
    const policy = policyOf(5, 'keep-source');
    expect((await rephraseDocument(bound, document, { policy, abortSignal })).passages).toMatchObject([
      { attempts: 1 },
    ]);
  });

  it('that was cut off is asked for in halves, whose rows name their parent', async () => {
    const { passages, texts } = await rephrase(oneParagraph, (text) =>
      text.length > 50 ? cutOff : text.toUpperCase(),
    );
    expect(passages.map(({ path, outcome, attempts }) => [path, outcome, attempts])).toEqual([
      ['0.0', 'rephrased', 2],
      ['0.1', 'rephrased', 1],
    ]);
    expect(texts).toMatchObject([{ text: oneParagraph.toUpperCase(), rephrasedShare: 1 }]);
  });

  it('to a passage too short to halve is asked for again when it was cut off, and never when the prompt was too long', async () => {
    expect((await rephrase('Too short to halve.', () => cutOff)).asked).toHaveLength(2);
    const tooLong = await rephrase('Too short to halve.', () => ({ outcome: 'failed', reason: 'prompt-too-long' }));
    expect(tooLong.asked).toHaveLength(1);
    expect(tooLong.passages).toMatchObject([{ outcome: 'fell-back', reason: 'prompt-too-long' }]);
  });

  it('of an engine that failed is failed, with its source kept', async () => {
    const { passages, outcome } = await rephrase(oneParagraph, () => ({ outcome: 'failed', reason: 'engine-error' }));
    expect(passages).toMatchObject([{ outcome: 'failed', reason: 'engine-error', text: oneParagraph, attempts: 2 }]);
    expect(outcome).toBe('written');
  });
});

describe('a passage that is continued', () => {
  const deeper = (text: string): Rephrasing => ({
    outcome: 'continue',
    passages: [
      { documentId: 'x', index: 0, before: '', text: `${text}a` },
      { documentId: 'x', index: 1, before: '\n', text: 'b' },
    ],
  });

  it('is replaced by its children, in place', async () => {
    const { passages, texts } = await rephrase(' p', (text) => (text === 'p' ? deeper(text) : text.toUpperCase()));
    expect(passages.map(({ path, outcome }) => [path, outcome])).toEqual([
      ['0.0', 'rephrased'],
      ['0.1', 'rephrased'],
    ]);
    expect(texts).toMatchObject([{ text: ' PA\nB' }]);
  });

  it('ends after four levels', async () => {
    const { passages, asked } = await rephrase('p', (text) => (text.startsWith('p') ? deeper(text) : 'B'));
    expect(passages.map(({ path, outcome, reason }) => [path, outcome, reason])).toEqual([
      ['0.0.0.0.0', 'fell-back', 'continued-too-deep'],
      ['0.0.0.0.1', 'rephrased', undefined],
      ['0.0.0.1', 'rephrased', undefined],
      ['0.0.1', 'rephrased', undefined],
      ['0.1', 'rephrased', undefined],
    ]);
    expect(asked).toHaveLength(9);
  });
});

it('gives every record of an expanded passage an id of its own and never joins it', async () => {
  const { texts, passages } = await rephrase(twoParagraphs, (text) =>
    text.startsWith('First')
      ? {
          outcome: 'expanded',
          texts: [{ text: 'Q1', operation: 'ask' }, { text: 'Q2' }],
          rejected: [{ reason: 'loop' }],
        }
      : 'Second.',
  );
  expect(texts.map(({ id, text }) => [id, text])).toEqual([
    ['page', 'Second.'],
    ['page#0.0', 'Q1'],
    ['page#0.1', 'Q2'],
  ]);
  expect(passages[0]).toMatchObject({ outcome: 'expanded', reason: 'loop' });
});

it('asks every prompt of a passage and counts them all', async () => {
  const { passages, questions } = await rephrase(oneParagraph, () => 'New.', { config: { prompts: 3 } });
  expect(passages).toMatchObject([{ attempts: 3, promptTokens: 30 }]);
  expect(new Set(questions.map(({ seed }) => seed)).size).toBe(3);
});

const longText = `${'A page that must not stand in a message. '.repeat(50)}\ud83d`;

it.each<[string, unknown, string]>([
  ['an outcome that there is not', { outcome: 'maybe' }, 'outcome: found "maybe", expected one of rephrased, expanded'],
  ['no outcome at all', undefined, 'passage 0: found undefined, expected object'],
  ['a bigint', 7n, 'passage 0: found 7n, expected object'],
  ['a bigint inside', { outcome: 'rephrased', text: 7n }, 'text: found 7n, expected string'],
  ['expanded into nothing', { outcome: 'expanded', texts: [] }, 'texts: found a list of 0, expected at least one'],
  [
    'an expanded text of white space',
    { outcome: 'expanded', texts: [{ text: 'Q' }, { text: ' ' }] },
    'texts.1.text: found " ", expected text',
  ],
  ['continued with nothing', { outcome: 'continue', passages: [] }, 'passages: found a list of 0, expected at least'],
  ['a text of white space', { outcome: 'rephrased', text: ' ' }, 'text: found " ", expected text, not only white'],
  ['half a surrogate pair', { outcome: 'rephrased', text: longText }, '... (2051 characters), expected well-formed'],
  ['a reason in prose', { outcome: 'dropped', reason: 'Too bad!' }, 'reason: found "Too bad!", expected a reason such'],
  ['a field that there is not', { outcome: 'kept', why: longText }, '... (2051 characters), expected no such field'],
])('refuses %s from a plugin in a few words', async (_, rephrasing, message) => {
  const parse = () => rephrasing as Rephrasing;
  const error = await withHook({ prompt: () => [], parse }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'REPRO_PLUGIN_CONTRACT', message: expect.stringContaining(message) });
  expect(error.message).toMatch(/^rephraser "json": parse\(\) of document "page", passage 0/);
  expect(error.message.length).toBeLessThan(250);
});

describe('a hook of a plugin', () => {
  const fails = (): never => {
    throw new TypeError('cannot read seven');
  };

  it.each<[string, Partial<typeof jsonRephraser>]>([
    ['split', { split: fails }],
    ['prompt', { prompt: fails }],
    ['parse', { parse: fails }],
    ['join', { join: fails }],
    ['split', { split: () => 'no list' as never }],
    ['split', { split: () => [{ documentId: 'page', index: 0, before: '', text: 7n as never }] }],
    ['split', { split: () => [{ documentId: 'page', index: 1, before: '', text: 'x' }] }],
    ['prompt', { prompt: () => undefined as never }],
    ['join', { join: () => undefined as never }],
  ])('that breaks the contract in %s is named with its document', async (hook, hooks) => {
    await expect(withHook(hooks)).rejects.toMatchObject({
      code: 'REPRO_PLUGIN_CONTRACT',
      plugin: 'rephraser "json"',
      what: expect.stringMatching(new RegExp(`^${hook}\\(\\) of document "page"`)),
    });
  });

  it.each(['split', 'prompt', 'parse', 'join'])('may refuse the settings of its entry in %s', async (hook) => {
    const refuse = () => {
      throw new SettingsRefusedError('maxTokens is too small; raise it.');
    };
    await expect(withHook({ [hook]: refuse })).rejects.toMatchObject({
      code: 'REPRO_RECIPE',
      message: 'rephraser: maxTokens is too small; raise it.',
    });
  });
});

describe('whatever the answers are', () => {
  const answer = fc.oneof(
    fc.constant(cutOff),
    fc
      .constantFrom('prompt-too-long', 'worker-killed', 'engine-error')
      .map((reason) => ({ outcome: 'failed', reason })),
    fc.constantFrom('no-opener', 'refusal', 'loop').map(rejected),
    fc.constantFrom<Rephrasing>(
      { outcome: 'kept' },
      { outcome: 'dropped', reason: 'spam' },
      { outcome: 'rephrased', text: 'New words.' },
      { outcome: 'expanded', texts: [{ text: 'Q' }, { text: 'A' }] },
      {
        outcome: 'continue',
        passages: [
          { documentId: 'x', index: 0, before: '', text: 'child one' },
          { documentId: 'x', index: 1, before: ' ', text: 'child two' },
        ],
      },
    ),
  );

  it('every split passage ends in exactly one row, or in rows of all its children', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 12 }),
        fc.lorem({ maxCount: 60 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom<RejectionPolicy['then']>('keep-source', 'drop'),
        async (answers, text, retry, then) => {
          let next = 0;
          const ended = await rephrase(text, () => answers[next++ % answers.length] as Rephrasing, {
            policy: policyOf(retry, then),
            config: { maxCharacters: 80 },
          });
          const paths = ended.passages.map(({ path }) => path);
          expect(new Set(paths).size).toBe(paths.length);
          const split = splitDocument({ id: 'page', text, metadata: {} }, { maxCharacters: 80 }).length;
          expect([...new Set(paths.map((path) => path.split('.')[0]))]).toEqual(
            Array.from({ length: split }, (_, index) => String(index)),
          );
          for (const path of paths.filter((path) => path.includes('.'))) {
            // No gap among siblings: a last number n has n siblings before it, or their children.
            const [parent, last] = [
              path.slice(0, path.lastIndexOf('.')),
              Number(path.slice(path.lastIndexOf('.') + 1)),
            ];
            for (let sibling = 0; sibling < last; sibling++) {
              const own = `${parent}.${sibling}`;
              expect(paths.some((other) => other === own || other.startsWith(`${own}.`))).toBe(true);
            }
          }
          expect(ended.passages.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(ended.asked.length);
          expect(ended.texts.length > 0).toBe(ended.outcome === 'written');
          for (const { outcome, text: stays, reason } of ended.passages) {
            expect(stays !== undefined).toBe(
              ['rephrased', 'kept', 'fell-back'].includes(outcome) || (outcome === 'failed' && then === 'keep-source'),
            );
            expect(reason !== undefined).toBe(['fell-back', 'dropped', 'failed'].includes(outcome));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
