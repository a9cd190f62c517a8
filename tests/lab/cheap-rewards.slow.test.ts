import { fileURLToPath } from 'node:url';
import { benchRewards, checkTotalOrdering, openSession } from '@repro/sdk';
import { describe, expect, it } from 'vitest';

const recipe = fileURLToPath(new URL('../../templates/quickstart/recipe.yaml', import.meta.url));
const withoutModels = 'rewards=[{ use: length }, { use: structure-rules }, { use: facts }, { use: format }]';

/** Rewards that are made to see a fault, and what they do see of it; the written pairs are fixed, so nothing here is luck. */
describe('the quickstart’s rewards without a model', () => {
  it('are tested on written pairs and on a thousand made of its own pages, in seconds', async () => {
    await using session = await openSession(recipe, { set: [withoutModels] });
    const bench = await benchRewards(session);
    expect(bench.pairs).toMatchObject({ written: 377, sources: 30 });
    expect(bench.pairs.edited).toBeGreaterThanOrEqual(1000);

    const kind = (origin: string, name: string) =>
      bench.kinds.find((report) => report.origin === origin && report.kind === name);
    expect(kind('written', 'number-changed')?.caughtBy).toEqual(['facts']);
    expect(kind('written', 'name-replaced')?.caughtBy).toEqual(['facts']);
    expect(kind('written', 'list-flattened')?.caughtBy).toEqual(['structure-rules']);
    expect(kind('written', 'code-broken')?.caughtBy).toEqual(['structure-rules']);
    expect(kind('written', 'summary')?.caughtBy).toContain('length');
    expect(kind('written', 'empty')?.caughtBy).toEqual(['length', 'structure-rules', 'facts']);
    // Which of two people did it is nothing that a list of facts can say.
    expect(kind('written', 'roles-exchanged')?.caughtBy).toEqual([]);
    expect(kind('edited', 'number-changed')?.caughtBy).toEqual(['facts']);
    expect(kind('edited', 'loop')?.scores.total?.auc?.low).toBeGreaterThan(0.9);
    for (const { faithful, scores } of bench.kinds) {
      expect(scores.length?.auc === undefined).toBe(faithful);
    }

    expect(bench.rewards.format).toMatchObject({ scored: 0, unscored: bench.pairs.written + bench.pairs.edited });
    expect(bench.total.leftOut).toMatchObject([{ reward: 'format' }]);
    expect(bench.rewards.facts?.secondsPerThousandPairs).toBeLessThan(20);
  });

  it('rank no loop, no filler and no empty text above a faithful one', async () => {
    await using session = await openSession(recipe, { set: [withoutModels] });
    const lines = await checkTotalOrdering(session);
    expect(lines[0]).toContain('format scores no test pair');
    expect(lines.slice(1)).toEqual([expect.stringContaining('the unchanged page above')]);
  });
});
