import { runRecipe } from './run-recipe.ts';
import { openTestSession, rephraserOf, rewardOf } from './test-pages.ts';

/** A host process that is killed by tests: `node test-host.ts <folder>` recycles, scores and filters its pages, slowly. */
const [folder = ''] = process.argv.slice(2);
const waiting = new Int32Array(new SharedArrayBuffer(4));

const slow = rephraserOf(({ text }) => {
  Atomics.wait(waiting, 0, 0, 2);
  return { outcome: 'rephrased', text: text.toUpperCase() };
});
const recipe = {
  rephraser: { use: slow },
  rewards: [{ use: rewardOf('one', () => 1).reward }],
  recycle: {},
  score: {},
  filter: { by: 'one', keep: { share: 0.5 } },
};
await using session = await openTestSession(folder, recipe, {
  lease: { renewMilliseconds: 100, missedRenewals: 10 },
  onEvent: ({ type, ...event }) => {
    const filtered = type === 'part' && 'stage' in event && event.stage === 'filter';
    process.stdout.write(filtered ? 'f' : type === 'progress' ? '.' : '');
  },
});
await runRecipe(session);
