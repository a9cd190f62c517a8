import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSession } from '@repro/sdk';
import { scoreSamples } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';

// What `quality-probe` cannot see, because half a good page reads well.
const file = fileURLToPath(new URL('../../../shared/data/organic-1000.jsonl', import.meta.url));
const sampled = 30;

function cutInHalf(page: string): string {
  const characters = Array.from(page);
  return characters.slice(0, Math.ceil(characters.length / 2)).join('');
}

describe.skipIf(!existsSync(file))('a page cut in half', () => {
  const all = (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    .map((line) => (JSON.parse(line) as { readonly text: string }).text)
    .filter((text) => text.length < 6000);
  const pages = Array.from({ length: sampled }, (_, index) => all[Math.floor((index * all.length) / sampled)] ?? '');

  it('is seen by bertscore and facts, by length with a bound of 0.6, and has a lower total than the page', async () => {
    await using session = await openSession({
      name: 'half',
      rewards: [
        { use: 'length', weight: 1 },
        { use: 'facts', weight: 1 },
        { use: 'bertscore', weight: 1, encoder: 'builtin:minilm-l6', threshold: 'none' },
        { use: 'length', as: 'length-of-whole', atLeast: 0.6 },
      ],
    });
    const pairs = [...pages.map((page) => [page, page]), ...pages.map((page) => [page, cutInHalf(page)])] as const;
    const samples = pairs.map(([original = '', rephrased = ''], id) => ({
      id: `${id}`,
      original,
      rephrased,
      metadata: {},
    }));
    const values = new Map<string, readonly number[]>();
    for (const reward of session.rewards) {
      const scores = await scoreSamples(reward, samples, { abortSignal: session.abortSignal });
      values.set(
        reward.name,
        scores.map((score) => (score.outcome === 'scored' ? score.value : expect.unreachable(score.reason))),
      );
    }
    /** Of how many pages it is the half that has the lower sum of these rewards. */
    const lower = (...rewards: readonly string[]) => {
      const total = (index: number) =>
        rewards.reduce((sum, name) => sum + (values.get(name)?.[index] ?? Number.NaN), 0);
      return pages.filter((_, index) => total(index + sampled) < total(index)).length;
    };
    expect(lower('length', 'facts', 'bertscore')).toBe(sampled);
    expect(lower('bertscore')).toBeGreaterThanOrEqual(0.9 * sampled);
    expect(lower('facts')).toBeGreaterThanOrEqual(0.9 * sampled);
    expect(lower('length-of-whole')).toBe(sampled);
    expect(lower('length')).toBe(0); // its lower bound of a fifth leaves room for what pages carry around their text
  });
});
