import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSession } from '@repro/sdk';
import { scoreSamples } from '@repro/sdk/testing';
import { describe, expect, it } from 'vitest';

const file = fileURLToPath(new URL('../../../shared/data/organic-1000.jsonl', import.meta.url));
const sampled = 40;

const filler =
  'It is worth noting that this is an important topic for many people. There are many aspects that should be considered. Overall, this matters a great deal, and everyone can benefit from it. ';

/** What a policy may find out that reads well to the encoder. */
const cheats: Readonly<Record<string, (page: string) => string>> = {
  'a loop': (page) => `${page.slice(0, Math.ceil(page.length / 3))}\n\n`.repeat(3),
  'the page twice': (page) => `${page}\n\n${page}`,
  'as much filler behind it': (page) => `${page}\n\n${filler.repeat(Math.ceil(page.length / filler.length))}`,
  'filler only': (page) => filler.repeat(Math.ceil(page.length / filler.length)),
};

describe.skipIf(!existsSync(file))('quality-probe on pages that its head has not seen', () => {
  const pages = (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    .map((line) => JSON.parse(line) as { readonly text: string; readonly dataman_score: number })
    .filter(({ text }) => text.length > 300 && text.length < 1200 && hash('sha256', text) >= '8');
  const good = pages.filter(({ dataman_score: label }) => label >= 4).slice(0, sampled);
  const others = pages.filter(({ dataman_score: label }) => label < 4).slice(0, sampled);

  async function scorePairs(pairs: readonly (readonly [original: string, rephrased: string])[]) {
    await using session = await openSession({
      name: 'probe',
      rewards: [{ use: 'quality-probe', encoder: 'builtin:smollm2-135m' }],
    });
    const [reward] = session.rewards;
    expect.assert(reward !== undefined);
    const samples = pairs.map(([original, rephrased], id) => ({ id: `${id}`, original, rephrased, metadata: {} }));
    const scores = await scoreSamples(reward, samples, { abortSignal: AbortSignal.timeout(300_000) });
    return scores.map((score) => {
      expect.assert(score.outcome === 'scored');
      return { value: score.value, details: score.details as { readonly logOdds?: { readonly original: number } } };
    });
  }

  it('ranks good ones above others, and every cheat below its source', async () => {
    const all = [...good, ...others].map(({ text }) => text);
    const pairs = [all.map((text) => [text, text] as const)];
    for (const cheat of Object.values(cheats)) {
      pairs.push(good.map(({ text }) => [text, cheat(text)] as const));
    }
    const scores = await scorePairs(pairs.flat());

    const logOdds = scores.slice(0, all.length).map(({ details }) => details.logOdds?.original ?? Number.NaN);
    const wins = logOdds.slice(0, good.length).flatMap((one) => logOdds.slice(good.length).map((other) => one > other));
    // 0.8 on all pages (heads/smollm2-135m.json); so few have an interval of 0.1 on either side.
    expect(wins.filter(Boolean).length / wins.length).toBeGreaterThan(0.7);

    for (const [number, name] of Object.keys(cheats).entries()) {
      const first = all.length + number * good.length;
      const below = scores.slice(first, first + good.length).filter(({ value }) => value < 0).length;
      expect(below / good.length, name).toBeGreaterThanOrEqual(0.9);
    }
  });
});
