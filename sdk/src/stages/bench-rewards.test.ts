import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFolder } from '../testing/write-folder.ts';
import { benchRewards } from './bench-rewards.ts';
import { openTestSession, rewardOf } from './test-pages.ts';

const line = (group: string, kind: string, rephrased: string) =>
  `${JSON.stringify({ id: `${group}/${kind}`, group, kind, source: `Source ${group}`, rephrased })}\n`;

/** Six sources, each with a faithful text, half of it, and one that shouts. */
const pairs = Array.from({ length: 6 }, (_, at) =>
  [line(`s${at}`, 'faithful', `good ${at}`), line(`s${at}`, 'half', 'goo'), line(`s${at}`, 'shouting', 'GOOD')].join(
    '',
  ),
).join('');

const sentences = 'The mill was built in 1874 by Anna Berg, and it was sold to the town of Vale in the year 1931. ';
const page = (id: string, times = 5) => `${JSON.stringify({ id, text: `Page ${id}. ${sentences.repeat(times)}` })}\n`;

async function openBench(rewards: readonly object[]) {
  const folder = await writeFolder({
    'pairs.jsonl': pairs,
    'pages/a.jsonl': page('a') + page('short', 1) + page('b'),
    'other.jsonl': page('c'),
  });
  const session = await openTestSession(folder, { rewards: rewards as never });
  return { session, pairs: join(folder, 'pairs.jsonl'), pages: join(folder, 'other.jsonl') };
}

const longer = rewardOf('longer', (text) => Math.min(1, text.length / 10)).reward;
const calm = rewardOf('calm', (text) => (text === text.toUpperCase() ? 0.2 : 0.9)).reward;
const constant = rewardOf('constant', () => 1).reward;
const silent = rewardOf('silent', () => ({ outcome: 'unscored', reason: 'never says a word' })).reward;

it('says which fault each reward and the total see', async () => {
  const { session, pairs: file } = await openBench([
    { use: longer, weight: 1 },
    { use: calm, weight: 1, threshold: 0.5 },
    { use: constant, weight: 5 },
  ]);
  await using _session = session;
  const bench = await benchRewards(session, { pairs: file, limit: 0 });
  expect(bench.pairs).toEqual({ written: 18, edited: 0, sources: 6, pages: 0 });
  expect(bench.kinds.map(({ kind, caughtBy }) => [kind, caughtBy])).toEqual([
    ['faithful', []],
    ['half', ['longer']],
    ['shouting', ['longer', 'calm']],
  ]);
  const [faithful, half, shouting] = bench.kinds;
  // 0.6 or so for the length, 1 by the threshold, and the constant.
  expect(faithful?.scores.total?.mean).toBeCloseTo(0.6 + 1 + 5, 10);
  expect(half?.scores.total).toMatchObject({ auc: { value: 1 }, ordering: { compared: 6, above: 0, level: 0 } });
  expect(shouting?.scores.constant).toMatchObject({ auc: { value: 0.5 }, ordering: { level: 6 } });
  expect(bench.rewards.constant).toMatchObject({ weight: 5, distinct: 1, atHighest: 1, unscored: 0 });
  expect(bench.rewards.calm?.thresholds?.best).toMatchObject({ threshold: 0.9, keepsFaithful: 1 });
  expect(bench.rewards.longer?.secondsPerThousandPairs).toBeGreaterThan(0);
  expect(bench.scored).toHaveLength(18);
  expect(bench.scored[2]).toEqual({
    id: 's0/shouting',
    group: 's0',
    kind: 'shouting',
    origin: 'written',
    scores: {
      longer: { outcome: 'scored', value: 0.4 },
      calm: { outcome: 'scored', value: 0.2 },
      constant: { outcome: 'scored', value: 1 },
      total: { outcome: 'scored', value: 5.4 },
    },
  });
});

it('judges the total without a reward that scores no pair, and names it', async () => {
  const { session, pairs: file } = await openBench([
    { use: longer, weight: 1 },
    { use: silent, weight: 1 },
  ]);
  await using _session = session;
  const bench = await benchRewards(session, { pairs: file, limit: 0 });
  expect(bench.total).toMatchObject({ scored: 18, leftOut: [{ reward: 'silent', reason: 'never says a word' }] });
  expect(bench.rewards.silent).toMatchObject({ scored: 0, unscored: 18, reasons: { 'never says a word': 18 } });
});

it('makes pairs of the recipe’s own pages, or of another file, and the same ones every time', async () => {
  const { session, pairs: file, pages } = await openBench([{ use: longer }]);
  await using _session = session;
  const bench = await benchRewards(session, { pairs: file, limit: 60 });
  expect(bench.pairs).toMatchObject({ written: 18, pages: 2 });
  expect(bench.pairs.edited).toBeGreaterThanOrEqual(60);
  const means = ({ kinds }: typeof bench) => kinds.map(({ scores }) => scores.longer?.mean);
  expect(means(await benchRewards(session, { pairs: file, limit: 60 }))).toEqual(means(bench));
  expect((await benchRewards(session, { pairs: file, pages, limit: 5 })).pairs).toMatchObject({ pages: 1 });
});

it('tests the wanted kinds of fault only, and refuses one that no pair has', async () => {
  const { session, pairs: file } = await openBench([{ use: longer }]);
  await using _session = session;
  const kinds = ['half', 'loop'];
  const bench = await benchRewards(session, { pairs: file, kinds, limit: 10 });
  expect(bench.kinds.map(({ kind }) => kind)).toEqual(['faithful', 'half', 'boilerplate-removed', 'loop']);
  await expect(benchRewards(session, { pairs: file, kinds: ['hlaf'], limit: 0 })).rejects.toMatchObject({
    code: 'REPRO_UNUSABLE_PAIRS',
    message: /hlaf/,
  });
});

it('needs a reward, and says so', async () => {
  const { session } = await openBench([]);
  await using _session = session;
  await expect(benchRewards(session)).rejects.toMatchObject({
    code: 'REPRO_INPUT_MISSING',
    message: /rewards to test/,
  });
});

it('warns where there are no pages to make pairs of', async () => {
  const warnings: string[] = [];
  const { openSession } = await import('../session/open-session.ts');
  await using session = await openSession(
    { name: 'none', rewards: [{ use: longer }] },
    { onEvent: (event) => event.type === 'warning' && warnings.push(event.message) },
  );
  const bench = await benchRewards(session);
  expect(bench.pairs.edited).toBe(0);
  expect(bench.pairs.written).toBeGreaterThan(300);
  expect(warnings).toEqual([expect.stringContaining('no dataset')]);
});
