import { bindReward, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { lengthReward } from './reward.ts';

testReward(lengthReward, { config: {} });

describe('length', () => {
  const score = async (original: string, rephrased: string, config = {}) => {
    const bound = await bindReward(lengthReward, config, fakeHost());
    const sample = { id: '1', original, rephrased, metadata: {} };
    const [found] = await scoreSamples(bound, [sample], { abortSignal: AbortSignal.timeout(1_000) });
    return found;
  };

  it.each([
    ['as long', 100, 1],
    ['a quarter longer', 125, 1],
    ['more than that', 126, 0],
    ['a fifth', 20, 1],
    ['less than that', 19, 0],
  ])('is right for a rephrasing that is %s', async (_name, characters, value) => {
    expect(await score('a'.repeat(100), 'b'.repeat(characters))).toEqual({
      outcome: 'scored',
      value,
      details: { ratio: characters / 100 },
    });
  });

  it('counts code points, so an emoji is as long as a letter', async () => {
    expect(await score('\u{1f600}'.repeat(10), 'abcdefghijklm')).toMatchObject({ value: 0, details: { ratio: 1.3 } });
  });

  it('leaves out white space around the texts', async () => {
    expect(await score(`\n\n${'a'.repeat(10)}   `, `b\t${' '.repeat(50)}`, { atLeast: 0.1 })).toMatchObject({
      value: 1,
      details: { ratio: 0.1 },
    });
  });

  it.each(['', '   ', '\u200b\n', 'Here is a paraphrased version:'])('gives the empty text %j 0', async (empty) => {
    expect(await score('three birds sat on a wire', empty)).toMatchObject({ outcome: 'scored', value: 0 });
  });

  it('gives an empty rephrasing 0 without a lower bound too', async () => {
    expect(await score('three birds', ' ', { atLeast: 0 })).toMatchObject({ value: 0 });
  });

  it('does not score against an empty original', async () => {
    expect(await score(' \u200b', 'text')).toEqual({ outcome: 'unscored', reason: 'the original is empty' });
  });

  it('refuses bounds that no text can keep', async () => {
    await expect(score('a', 'a', { atMost: 0.5, atLeast: 0.8 })).rejects.toThrow(/atLeast/);
  });
});
