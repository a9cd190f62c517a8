import { fakeCompletion, testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { proxRephraser } from './prox.ts';
import { rephrase } from './rephrase.ts';

const body = 'Rye was ground here from 1874 until the spring of 1931, forty kilograms an hour.';
const page = `\nHome | Shop\n${body}\n\nShare this!\n${body.replace('Rye', 'Oats')} (c) 2020\n`;

testRephraser(proxRephraser, { config: { maxTokens: 20 }, complete: answer('keep_all()') });

/** Keeps the page, then answers each piece with this program. */
function answer(program: string) {
  return (prompt: string) => (prompt.includes('keep_doc()') ? 'keep_doc()' : program);
}

it('edits the pieces of a page that is worth keeping, and joins them where the page stood', async () => {
  const generate = (prompt: string) =>
    answer(prompt.includes('Home') ? 'remove_lines(0, 0)' : 'remove_lines(0, 0)\nnormalize(" (c) 2020", "")')(prompt);
  const { texts, passages } = await rephrase(proxRephraser, page, { config: { maxTokens: 24 }, generate });
  expect(passages.map(({ path, outcome, operation }) => [path, outcome, operation])).toEqual([
    ['0.0', 'rephrased', 'edit-program'],
    ['0.1', 'rephrased', 'edit-program'],
  ]);
  expect(texts).toMatchObject([{ text: `\n${body}\n\n${body.replace('Rye', 'Oats')}\n` }]);
});

it('drops a page on its verdict, and asks for no program', async () => {
  const asked: string[] = [];
  const generate = (prompt: string) => {
    asked.push(prompt);
    return 'drop_doc()';
  };
  expect(await rephrase(proxRephraser, page, { generate })).toMatchObject({ outcome: 'dropped', reason: 'drop_doc' });
  expect(asked).toHaveLength(1);
});

it('keeps a piece whose program has two unusable calls', async () => {
  const generate = answer('remove_lines(7, 99)\nrewrite_all()');
  const { texts } = await rephrase(proxRephraser, page, { generate });
  expect(texts).toMatchObject([{ text: page, rephrasedShare: 0 }]);
});

it('is never halved by the host: half a page would carry the pieces of all of it', async () => {
  const generate = () => fakeCompletion('keep', { finishReason: 'length' });
  const { texts, passages } = await rephrase(proxRephraser, page.repeat(4), { generate, retry: 2 });
  expect(passages).toMatchObject([{ path: '0', outcome: 'fell-back', reason: 'cut-off' }]);
  expect(texts).toMatchObject([{ text: page.repeat(4) }]);
});
