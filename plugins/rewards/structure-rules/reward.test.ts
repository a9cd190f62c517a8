import { bindReward, fakeHost, scoreSamples, testReward } from '@repro/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structureRulesReward } from './reward.ts';

testReward(structureRulesReward, { config: {} });

const prose = 'The mill on the river was built in the spring of that year, and it ran until the great flood.';
const list = '- Milk from the farm\n- Eggs\n- Flour of rye\n- Salt';
const table = '| Year | Rye | Oats |\n|---|---|---|\n| 1874 | 40 | 12 |\n| 1875 | 44 | 9 |';
const code = '```python\ndef grind(rye):\n    return rye * 2\n\nprint(grind(3))\n```';
const json = '{"mill": {"built": 1874, "owners": ["Berg", "Lund"]}}';
const menu = 'Home\nShop\nAbout us\nContact\nMy account';

const score = async (original: string, rephrased: string) => {
  const bound = await bindReward(structureRulesReward, {}, fakeHost());
  const sample = { id: '1', original, rephrased, metadata: {} };
  const [found] = await scoreSamples(bound, [sample], { abortSignal: AbortSignal.timeout(10_000) });
  return found;
};
const value = async (original: string, rephrased: string) => {
  const found = await score(original, rephrased);
  return found?.outcome === 'scored' ? found.value : Number.NaN;
};

describe('structure-rules', () => {
  it.each([
    ['paragraphs with other words', `${prose}\n\n${prose}`, `${prose.replace('mill', 'old mill')}\n\n${prose}`],
    ['a menu that is dropped', `${menu}\n\n${prose}\n\nShare\nTweet\nLike`, prose],
    ['a menu in one line that is dropped', `Home | Shop | Contact\n\n${prose}`, prose],
    ['wrapped lines that are joined', `${prose.slice(0, 52)}\n${prose.slice(53)}`, prose],
    ['lines that become paragraphs', `${prose}\n${prose}\n${prose}`, `${prose}\n\n${prose}\n\n${prose}`],
    ['a list that gets other marks', `${prose}\n\n${list}`, `${prose}\n\n${list.replaceAll('-', '•')}`],
    ['a list without marks that gets some', 'Milk\nEggs\nFlour\nSalt', list],
    ['a title that gets a mark', `The old mill\n\n${prose}`, `# The old mill\n\n${prose}`],
    ['an underlined heading that gets a mark', `The old mill\n===\n\n${prose}`, `# The old mill\n\n${prose}`],
    ['a table by tabs that gets pipes', 'Year\tRye\n1874\t40', '| Year | Rye |\n|---|---|\n| 1874 | 40 |'],
    ['code that gets a fence', '    x = f(1);\n    y = g(x);', '```\nx = f(1);\ny = g(x);\n```'],
    ['JSON that is laid out', json, JSON.stringify(JSON.parse(json), null, 2)],
  ])('takes no offence at %s', async (_name, original, rephrased) => {
    expect(await value(original, rephrased)).toBe(1);
  });

  it.each([
    [
      'a list flattened',
      `${prose}\n\n${list}`,
      `${prose}\n\nYou need milk from the farm, eggs, flour of rye and salt.`,
    ],
    [
      'a numbered list flattened',
      '1. Mix.\n2. Knead.\n3. Bake.',
      'First you mix, then you knead, then you bake it all.',
    ],
    ['a list invented', `${prose}\n\n${prose}`, `${prose}\n\n- ${prose}\n- ${prose}`],
    ['a code fence invented', `${prose}\n\n${prose}`, `\`\`\`\n${prose}\n\`\`\`\n\n${prose}`],
    [
      'code told in words',
      `${prose}\n\n${code}`,
      `${prose}\n\nA function doubles the rye, and it is called with three.`,
    ],
    ['a table turned to prose', `${prose}\n\n${table}`, `${prose}\n\nIn 1874 it ground 40 of rye and 12 of oats.`],
    ['JSON told in words', json, 'The mill was built in 1874 and belongs to Berg and to Lund.'],
    ['ten paragraphs run together', Array(10).fill(prose).join('\n\n'), Array(10).fill(prose).join(' ')],
    ['headings dropped', `# A\n\n${prose}\n\n# B\n\n${prose}\n\n# C\n\n${prose}`, `${prose}\n\n${prose}\n\n${prose}`],
  ])('is low for %s', async (_name, original, rephrased) => {
    expect(await value(original, rephrased)).toBeLessThanOrEqual(0.3);
  });

  it('falls step by step with the items that are lost', async () => {
    const items = list.split('\n');
    const values = [4, 3, 2].map((kept) => value(list, items.slice(0, kept).join('\n')));
    expect(await Promise.all(values)).toEqual([1, 0.75, 0.5]);
  });

  it('halves the score when nested items are laid flat', async () => {
    const nested = '- Grain\n  - Rye\n  - Oats\n  - Barley\n- Wood';
    expect(await value(nested, nested.replaceAll('  -', '-'))).toBe(0.5);
  });

  it('says of each kind what it counted', async () => {
    expect(await score(`# Mill\n\n${prose}\n\n${list}`, `# Mill\n\n${prose}`)).toEqual({
      outcome: 'scored',
      value: 0,
      details: {
        paragraphs: { original: 1, rephrased: 1, score: 1 },
        headings: { original: 1, rephrased: 1, score: 1 },
        lists: { original: 4, rephrased: 0, score: 0 },
      },
    });
  });

  it.each([
    ['Devanagari', 'नमस्ते दुनिया '.repeat(20)],
    ['Thai', 'ภาษาไทยไม่มีช่องว่างระหว่างคำ'.repeat(7)],
    ['Chinese', '磨坊建于河边，一直运转到洪水来临。'.repeat(12)],
    ['Arabic', 'بنيت المطحنة على النهر '.repeat(10)],
  ])('gives identical texts in %s 1', async (_name, text) => {
    expect(await value(text, text)).toBe(1);
  });

  it('gives identical texts 1, whatever they hold', async () => {
    const piece = fc.constantFrom(
      '#',
      '- ',
      '1. ',
      '|',
      '\t',
      '\n',
      '\n\n',
      '```\n',
      '    ',
      '{"a":1}',
      prose,
      'x',
      '===',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1 }), async (pieces) => {
        const text = `a${pieces.join('')}`;
        expect(await value(text, text)).toBe(1);
      }),
    );
  });

  it('does not score against an empty original, and gives an empty rephrasing 0', async () => {
    expect(await score('\u200b ', prose)).toEqual({ outcome: 'unscored', reason: 'the original is empty' });
    expect(await score(prose, '\u200b\n')).toEqual({ outcome: 'scored', value: 0 });
  });

  it.each(['.', '1', 'a(\n', '[', '- a\n', '|', '\t', 'x\n- a\n', '#', '`', '==a ', '{"', '```\n', ' '])(
    'takes time in proportion to a text of %j',
    async (piece) => {
      const text = `x()${piece.repeat(200_000 / piece.length)}`;
      const started = performance.now();
      await value(text, `${text}y`);
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});
