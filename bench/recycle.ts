import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, recycle } from '@repro/sdk';
import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { execa } from 'execa';
import { z } from 'zod';
import { median } from './interleave.ts';
import type { Measure } from './measure.ts';

const model = 'builtin:smollm2-135m';
const pages = 12;
const rounds = 3;
/** One leaves a core to everything else, the host included. */
const threads = 1;
/** The likeliest word each time, so that both sides write the same. */
const sampling = { temperature: 0, topP: 1, topK: 0, maxTokens: 40, repetitionPenalty: 1.1 };

function askFor(text: string): string {
  return `Write the following in your own words.\n\n${text.slice(0, 300)}`;
}

/** When the first question of a run was made and its last answer came. */
const asking = { from: 0, to: 0 };

const plainRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'plain',
  configSchema: z.strictObject({}),
  roles: ['default'],
  split: (document) => splitDocument(document, { maxCharacters: Number.POSITIVE_INFINITY }),
  prompt: ({ text }) => {
    asking.from ||= performance.now();
    return [{ messages: [{ role: 'user', content: askFor(text) }], sampling }];
  },
  parse: ([completion]) => {
    asking.to = performance.now();
    return { outcome: 'rephrased', text: completion?.text ?? '' };
  },
  join: joinParts,
});

/** Tokens per second of a recycling run beside a script that gives the same engine the same prompts, both once it is loaded. */
export async function* measureRecycling(python: string): AsyncGenerator<Measure> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-recycle-'));
  const source = new URL('../templates/quickstart/pages.jsonl', import.meta.url);
  const lines = (await readFile(source, 'utf8')).split('\n').slice(0, pages);
  await writeFile(join(folder, 'pages.jsonl'), `${lines.join('\n')}\n`);
  const prompts = lines.map((line) => askFor(JSON.parse(line).text));
  const rates = { repro: [] as number[], 'plain script': [] as number[] };
  const runs: RecycleTimes[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      rates['plain script'].push(await runScript(python, prompts));
      const run = await recycleOnce(folder, `round-${round}`);
      rates.repro.push(run.rate);
      runs.push(run);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const medians = { repro: median(rates.repro), 'plain script': median(rates['plain script']) };
  yield {
    name: `recycle, ${pages} pages with SmolLM2-135M`,
    unit: 'tokens/s',
    medians,
    samples: rounds,
    targets: [
      {
        // Other work on the machine can only slow a round down.
        what: 'ratio to the plain script, best rounds',
        found: Math.max(...rates.repro) / Math.max(...rates['plain script']),
        atLeast: 0.97,
      },
    ],
    details: {
      'share of the time that the engine computed': median(runs.map(({ busyShare }) => busyShare)),
      // These do not grow with the number of pages.
      'seconds before the first question': median(runs.map(({ secondsBefore }) => secondsBefore)),
      'seconds after the last answer': median(runs.map(({ secondsAfter }) => secondsAfter)),
      'share that it computed between them': median(runs.map(({ busyShareBetween }) => busyShareBetween)),
    },
  };
}

interface RecycleTimes {
  /** Tokens per second. */
  readonly rate: number;
  readonly busyShare: number;
  readonly secondsBefore: number;
  readonly busyShareBetween: number;
  readonly secondsAfter: number;
}

async function recycleOnce(folder: string, run: string): Promise<RecycleTimes> {
  await using session = await openSession(
    {
      name: run,
      seed: 7,
      plugins: ['@repro/plugins'],
      models: { small: { path: model, engine: 'transformers', threads } },
      dataset: { use: 'jsonl', path: join(folder, 'pages.jsonl') },
      rephraser: { use: plainRephraser, model: 'small' },
    },
    { runs: join(folder, 'runs') },
  );
  await session.models.window('small');
  asking.from = 0;
  const started = performance.now();
  const { completionTokens, engines } = await recycle(session);
  const ended = performance.now();
  const busyMilliseconds = (engines.small?.busySeconds ?? 0) * 1000;
  return {
    rate: completionTokens / ((ended - started) / 1000),
    busyShare: busyMilliseconds / (ended - started),
    secondsBefore: (asking.from - started) / 1000,
    busyShareBetween: busyMilliseconds / (asking.to - asking.from),
    secondsAfter: (ended - asking.to) / 1000,
  };
}

/** The engine in a process of its own without a host, which loads it and takes the time from there. */
async function runScript(python: string, prompts: readonly string[]): Promise<number> {
  const messages = prompts.map((text) => [{ role: 'user', parts: [{ text }] }]);
  const { stdout } = await execa(python, [new URL('./plain_recycle.py', import.meta.url).pathname], {
    input: JSON.stringify({ model, threads, sampling, messages }),
    env: {
      PYTHONPATH: new URL('../python-env/src', import.meta.url).pathname,
      OMP_WAIT_POLICY: 'PASSIVE',
      GOMP_SPINCOUNT: '0',
    },
  });
  const { tokens, seconds } = JSON.parse(stdout) as { tokens: number; seconds: number };
  return tokens / seconds;
}
