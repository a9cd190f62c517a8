import type { Completion } from '@repro/sdk/contract';
import { bindReward, fakeCompletion, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { formatReward } from './reward.ts';

testReward(formatReward, { config: {} });

const good = 'Here is a paraphrased version:\nClean.';
const block = '<think>\n\n</think>\n\n';

describe('format', () => {
  const score = async (completion: Completion | undefined, config = {}) => {
    const bound = await bindReward(formatReward, config, fakeHost());
    const sample = { id: '1', original: 'a', rephrased: 'b', metadata: {}, ...(completion && { completion }) };
    const [found] = await scoreSamples(bound, [sample], { abortSignal: AbortSignal.timeout(1_000) });
    return found;
  };
  const value = async (text: string, { thinkPrefilled = false, think = 'optional' } = {}) => {
    const found = await score(fakeCompletion(text, { thinkPrefilled }), { think });
    return found?.outcome === 'scored' ? found.value : undefined;
  };

  it.each([
    ['the template has put the block into the prompt', { thinkPrefilled: true }, ''],
    ['the template leaves the block to the model', {}, block],
    ['the template leaves it to the model, and the recipe expects it', { think: 'expected' }, block],
    ['the template has put it there, and the recipe expects it', { think: 'expected', thinkPrefilled: true }, ''],
    ['the server strips the block, or the model has none', {}, ''],
  ])('gives a good completion 1 and a bad one 0 when %s', async (_name, setting, before) => {
    expect(await value(`${before}${good}`, setting)).toBe(1);
    expect(await value(`${before}Clean.`, setting)).toBe(0);
  });

  it.each([
    ['reasoning that began in the prompt', `It is short.</think>\n\n${good}`, 1],
    ['reasoning that quotes the opener', `<think>${good}\ndraft</think>\n\n${good}`, 1],
    ['a text that quotes the end of a block', `${good} Close it with </think>.`, 1],
    ['line ends of Windows', `<think>\r\n</think>\r\n\r\n${good}`, 1],
    ['reasoning that does not end', `<think>The page is about ${good}`, 0],
    ['no blank line behind the block', `<think>\n</think>${good}`, 0],
    ['words before the opener', `Sure! ${good}`, 0],
    ['nothing', '', 0],
  ])('reads %s', async (_name, text, expected) => {
    expect(await value(text)).toBe(expected);
  });

  it('misses the block where it is expected', async () => {
    expect(await value(good, { think: 'expected' })).toBe(0);
  });

  it('takes a second block for a fault where the template has closed one', async () => {
    expect(await value(`${block}${good}`, { thinkPrefilled: true })).toBe(0);
  });

  it('looks for the opener of the recipe', async () => {
    const completion = fakeCompletion('Rewritten: Clean.');
    expect(await score(completion, { opener: 'Rewritten:' })).toMatchObject({ value: 1 });
    expect(await score(completion)).toMatchObject({ value: 0 });
  });

  it('does not score without a whole completion', async () => {
    expect(await score(undefined)).toMatchObject({ outcome: 'unscored', reason: expect.stringMatching(/completion/) });
    expect(await score({ outcome: 'failed', reason: 'prompt-too-long' })).toMatchObject({
      outcome: 'unscored',
      reason: expect.stringMatching(/prompt-too-long/),
    });
  });

  it('reads a megabyte in no time', async () => {
    const started = performance.now();
    for (const text of ['</think>\n', '\n', '<think>', ' ']) {
      await value(text.repeat(1_000_000 / text.length));
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
