import { expect, it } from 'vitest';
import type { RewardScore } from '../contract/reward.ts';
import { openSession } from '../session/open-session.ts';
import { checkTotalOrdering } from './check-total-ordering.ts';
import { rewardOf } from './test-pages.ts';

async function check(...rewards: readonly object[]): Promise<readonly string[]> {
  await using session = await openSession({ name: 'check', rewards: rewards as never });
  return await checkTotalOrdering(session);
}
const use = (name: string, score: (text: string) => RewardScore | number) => ({ use: rewardOf(name, score).reward });

it('is silent about a total that puts every shortcut below the faithful text', async () => {
  const rewards = [{ use: 'length' }, { use: 'facts' }, { use: 'structure-rules' }];
  const lines = await check(...rewards);
  // `facts` gives the unchanged page most of all, and that is worth a line.
  expect(lines).toEqual([
    expect.stringMatching(/^the total ranks the unchanged page above a faithful rewriting of the same page in \d of 6/),
  ]);
});

it('warns of a total that pays for length: loops and filler are above', async () => {
  const lines = await check(use('long', (text) => Math.min(1, text.length / 4000)));
  expect(lines).toContain(
    'the total ranks a text with empty phrases added above a faithful rewriting of the same page in 6 of 6 test pages',
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/goes in circles above a faithful rewriting of the same page in [3-6] of 6/),
  );
  expect(lines).not.toContainEqual(expect.stringContaining('an empty text'));
});

it('warns of a total that sees nothing', async () => {
  const lines = await check(use('constant', () => 1));
  expect(lines).toEqual(
    ['an empty text', 'a text that breaks off', 'a text that goes in circles'].map(
      (what) => `the total ranks ${what} level with a faithful rewriting of the same page in 6 of 6 test pages`,
    ),
  );
});

it('says what it could not test', async () => {
  const silent = use('silent', () => ({ outcome: 'unscored', reason: 'no model' }));
  expect(await check({ use: 'length' }, { use: 'facts' }, silent)).toContain(
    'silent scores no test pair (no model); the total was tested without it',
  );
  const picky = use('picky', (text) => (text.trim() === '' ? { outcome: 'unscored', reason: 'it is empty' } : 1));
  expect(await check(picky)).toContainEqual(
    expect.stringMatching(
      /^the total of \d+ of 36 test pairs is unscored \(picky: it is empty\); they were not tested$/,
    ),
  );
  expect(await check(silent)).toContainEqual(expect.stringContaining('no reward with a weight scores pairs'));
});
