import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type AskedToScore, collect, openTinyTraining, weightsOf } from './tiny-training.ts';

/** Which completions a step asked about; ranks answer in any order. */
const rollouts = (asked: readonly AskedToScore[]) =>
  Object.fromEntries(
    [...Map.groupBy(asked, ({ step }) => step)].map(([step, requests]) => [
      step,
      requests.flatMap(({ samples }) => samples.map(({ row, sample, text }) => `${row}.${sample} ${text}`)).toSorted(),
    ]),
  );

it('goes on after kill -9 with the same prompts, and ends with the same weights', async () => {
  await using straight = await openTinyTraining({ ranks: 1 });
  await collect(straight.group.train(straight.input));

  let killed = 0;
  await using broken = await openTinyTraining({
    ranks: 1,
    onScore: ({ step }) => {
      const pid = broken.pids(0).at(-1);
      // In the middle of step 4, and once more in step 6: the host has its rollouts, the trainer has no answer.
      if ((step === 4 && killed === 0) || (step === 6 && killed === 1)) {
        killed += 1;
        process.kill(pid ?? 0, 'SIGKILL');
      }
    },
  });
  for (const restart of [1, 2]) {
    await expect(collect(broken.group.train(broken.input)), `life ${restart}`).rejects.toMatchObject({
      code: 'REPRO_WORKER_LOST',
    });
  }
  const events = await collect(broken.group.train(broken.input));
  expect(killed).toBe(2);
  expect(events.find(({ type }) => type === 'resumed')).toMatchObject({ step: 5 });
  expect(rollouts(broken.asked.filter(({ step }) => step !== 4 && step !== 6))).toEqual(
    rollouts(straight.asked.filter(({ step }) => step !== 4 && step !== 6)),
  );
  const last = 'step-000006';
  expect((await weightsOf(broken.folder))[last]).toBe((await weightsOf(straight.folder))[last]);
});

it('trains on two ranks as on one, ends both when one is lost, and goes on', async () => {
  let killed = false;
  await using two = await openTinyTraining({
    ranks: 2,
    changes: { steps: 3 },
    onScore: ({ step, rank }) => {
      if (step === 2 && rank === 1 && !killed) {
        killed = true;
        process.kill(two.pids(1).at(-1) ?? 0, 'SIGKILL');
      }
    },
  });
  await expect(collect(two.group.train(two.input))).rejects.toMatchObject({ code: 'REPRO_WORKER_LOST' });
  await sleep(100);
  for (const rank of [0, 1]) {
    expect(() => process.kill(two.pids(rank).at(-1) ?? 0, 0), `rank ${rank} has ended`).toThrow('ESRCH');
  }
  const events = await collect(two.group.train(two.input));
  expect(events.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([2, 3]);
  expect(new Set(two.asked.map(({ rank }) => rank))).toEqual(new Set([0, 1]));

  await using one = await openTinyTraining({ ranks: 1, changes: { steps: 3 } });
  const alone = await collect(one.group.train(one.input));
  const totals = (all: typeof events) =>
    all.filter(({ type }) => type === 'step').map(({ metrics }) => (metrics as { total: number }).total);
  expect(totals(events)[1]).toBeCloseTo(totals(alone)[2] ?? Number.NaN, 4);
});
