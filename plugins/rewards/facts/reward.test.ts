import { bindReward, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';
import { factsReward } from './reward.ts';

testReward(factsReward, { config: {} });

const original = `The mill was built by Anna Berg in 1874 and ran until 12 March 1931.
It could grind 40 kg of rye an hour, and it did not stop on Sundays.
Read more at https://example.org/mill. Tickets cost $5.`;

const faithful = `Built in 1874 by Anna Berg, the mill operated until March 12, 1931. Each hour it ground 40 kilograms of
rye, and on Sundays it was not shut down. A ticket is 5 dollars; see https://example.org/mill for more.`;

const score = async (before: string, after: string) => {
  const bound = await bindReward(factsReward, {}, fakeHost());
  const sample = { id: '1', original: before, rephrased: after, metadata: {} };
  const [found] = await scoreSamples(bound, [sample], { abortSignal: AbortSignal.timeout(10_000) });
  return found;
};
const value = async (before: string, after: string) => {
  const found = await score(before, after);
  return found?.outcome === 'scored' ? found.value : Number.NaN;
};

describe('facts', () => {
  it('gives a faithful paraphrase 1, whatever its spelling of the facts', async () => {
    expect(await score(original, faithful)).toMatchObject({ value: 1, details: { added: [], lost: [] } });
  });

  it.each([
    ['a number changed', faithful.replace('1874', '1894')],
    ['a unit changed', faithful.replace('kilograms', 'pounds')],
    ['a date changed', faithful.replace('March 12', 'March 21')],
    ['a negation dropped', faithful.replace('was not', 'was')],
    ['a negation put in', faithful.replace('operated', 'never operated')],
    ['a name swapped', faithful.replace('Anna Berg', 'Anna Lund')],
    ['a link changed', faithful.replace('example.org', 'example.com')],
    ['an amount made up', `${faithful} It cost $900 to build.`],
  ])('puts a rewrite with %s below the faithful one', async (_name, lie) => {
    expect(await value(original, lie)).toBeLessThan(0.99);
  });

  it('makes one changed fact of ten cost more than five dropped ones', async () => {
    const numbers = Array.from({ length: 10 }, (_, index) => `${index + 11} mills`);
    const changed = [...numbers.slice(1), '99 mills'].join(', ');
    expect(await value(numbers.join(', '), changed)).toBeLessThan(
      await value(numbers.join(', '), numbers.slice(5).join(', ')),
    );
  });

  it('keeps what was added and what was lost apart', async () => {
    expect(await score('It costs $5 in Rome.', 'It costs $6 in Rome, and 7 of them do not.')).toMatchObject({
      details: {
        language: 'en',
        precision: 0.4,
        recall: 2 / 3,
        added: ['unit 6 $', 'number 7', 'negation not'],
        lost: ['unit 5 $'],
        leftOut: 0,
        kinds: {
          unit: { original: 1, rephrased: 1, added: 1, lost: 1 },
          number: { original: 0, rephrased: 1, added: 1, lost: 0 },
          name: { original: 1, rephrased: 1, added: 0, lost: 0 },
          negation: { original: 0, rephrased: 1, added: 1, lost: 0 },
        },
      },
    });
  });

  it('lists at most twenty of each and says how many it left out', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => index + 100).join(' or ');
    const found = await score(numbers, 'None.');
    const details = found?.outcome === 'scored' ? found.details : undefined;
    expect(details).toMatchObject({ leftOut: 10 });
    expect((details as { lost: string[] }).lost).toHaveLength(20);
  });

  it('gives texts without facts 1, and less for each that is made up', async () => {
    const plain = 'the mill is old and it is near the river';
    expect(await value(plain, 'near the river stands an old mill')).toBe(1);
    expect(await value(plain, 'the mill is 90 years old')).toBeLessThan(0.6);
    expect(await value(plain, 'the mill is 90 years old and 5 km away')).toBeLessThan(0.4);
  });

  it('counts a name that is no longer, or newly, the first word of its sentence', async () => {
    expect(await value('The owner was Anna Berg.', 'Anna Berg was the owner.')).toBe(1);
    expect(await value('Anna owned it.', 'It was owned by Anna.')).toBe(1);
  });

  it('finds nothing changed in an unchanged text of any script', async () => {
    for (const text of [
      '磨坊建于1874年3月12日。',
      'मिल १८७४ में बनी थी।',
      'بنيت عام ١٨٧٤ ولم تتوقف.',
      'ภาษาไทย 12 กม.',
    ]) {
      expect(await value(text, text)).toBe(1);
    }
  });

  it('does not score against an empty original, and gives an empty rephrasing 0', async () => {
    expect(await score(' \u200b', 'text')).toEqual({ outcome: 'unscored', reason: 'the original is empty' });
    expect(await score('text', ' \u200b')).toEqual({ outcome: 'scored', value: 0 });
  });
});
