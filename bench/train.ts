import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSession, train } from '@repro/sdk';
import { defineReward } from '@repro/sdk/contract';
import { z } from 'zod';
import { median } from './interleave.ts';
import type { Measure } from './measure.ts';

/** Costs nothing itself, and tells rollouts apart. */
const noReward = defineReward({
  specificationVersion: 'v1',
  kind: 'reward',
  name: 'no-reward',
  configSchema: z.strictObject({}),
  range: [0, 1],
  reads: 'text',
  doScore: async (samples) =>
    samples.map(({ rephrased }) => ({ outcome: 'scored', value: (rephrased.length % 10) / 10 })),
});

const Step = z.object({ type: z.literal('step'), seconds: z.number(), callbackSeconds: z.number() });

/** Share of a training step that the trainer waits for scores of the host, with a reward that takes no time. */
export async function* measureTraining(): AsyncGenerator<Measure> {
  const runs = await mkdtemp(join(tmpdir(), 'bench-train-'));
  try {
    await using session = await openSession(
      {
        name: 'bench',
        seed: 7,
        models: { small: { path: 'builtin:smollm2-135m' } },
        dataset: {
          use: 'jsonl',
          path: fileURLToPath(new URL('../templates/quickstart/pages.jsonl', import.meta.url)),
        },
        rephraser: { use: 'repro', model: 'small', prefill: true },
        rewards: [{ use: noReward }],
        train: {
          algorithm: 'grpo',
          steps: 3,
          promptsPerStep: 2,
          rollouts: 4,
          passages: { maxCharacters: 160 },
          sampling: { maxTokens: 32 },
          objective: { cutOff: 'scored' },
          evaluation: 'none',
        },
      },
      { runs },
    );
    await train(session);
    const lines = (await readFile(join(runs, 'bench/metrics.jsonl'), 'utf8')).trim().split('\n');
    const steps = lines.map((line) => Step.safeParse(JSON.parse(line))).flatMap(({ data }) => data ?? []);
    const share = median(steps.map(({ seconds, callbackSeconds }) => callbackSeconds / seconds));
    yield {
      name: 'training step, 2 prompts x 4 rollouts of 32 tokens with SmolLM2-135M and a reward that does nothing',
      unit: 's',
      medians: {
        'whole step': median(steps.map(({ seconds }) => seconds)),
        'waiting for the host': median(steps.map(({ callbackSeconds }) => callbackSeconds)),
      },
      samples: steps.length,
      targets: [{ what: 'share of the step inside the callback', found: share, atMost: 0.03 }],
    };
  } finally {
    await rm(runs, { recursive: true });
  }
}
