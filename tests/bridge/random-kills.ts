import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemOutcome } from '@repro/bridge';
import fc from 'fast-check';
import { expect } from 'vitest';
import { openSamplePool } from './sample-pool.ts';

/** What happens in one run: how many workers and calls there are, which items are poison, when `kill -9` strikes. */
const scenario = fc.record({
  replicas: fc.integer({ min: 1, max: 2 }),
  calls: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
  poison: fc.option(fc.nat(29), { nil: undefined }),
  killsAfterMilliseconds: fc.array(fc.nat(400), { maxLength: 3 }),
});

/**
 * Plays random scenarios with real workers: whatever dies when, every call ends and every item of it exactly once, with
 * its own value unless it is the poison.
 */
export async function expectEveryItemToEndOnce(numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ replicas, calls, poison, killsAfterMilliseconds }) => {
      await using opened = await openSamplePool({ replicas, maxRestarts: 20 });
      const runs = calls.map(async (count, call) => {
        const texts = Array.from({ length: count }, (_, index) =>
          call === 0 && index === poison ? 'poison' : `${call}.${index}`,
        );
        const outcomes: ItemOutcome[] = [];
        for await (const outcome of opened.pool.run(
          'reward/sample#die-of',
          texts.map((text) => ({ text })),
        )) {
          outcomes.push(outcome);
        }
        return { texts, outcomes };
      });
      for (const milliseconds of killsAfterMilliseconds) {
        await sleep(milliseconds);
        opened.killNewestWorker();
      }
      for (const { texts, outcomes } of await Promise.all(runs)) {
        const ends = outcomes
          .toSorted((a, b) => a.index - b.index)
          .map((outcome) => (outcome.outcome === 'value' ? outcome.value : outcome.error.code));
        expect(ends).toEqual(texts.map((text) => (text === 'poison' ? 'REPRO_ITEM_KILLS_WORKER' : text)));
      }
    }),
    { numRuns, endOnFailure: true },
  );
}
