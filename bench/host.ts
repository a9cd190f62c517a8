import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openSession, recycle } from '@repro/sdk';
import { defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';
import type { Measure } from './measure.ts';
import { mixedText } from './mixed-text.ts';

const shards = 40;
const pagesPerShard = 6_250;
const pageBytes = 4_000;
const textMegabytes = (shards * pagesPerShard * pageBytes) / 1e6;

/** Answers at once, so that all the time there is goes to the host: reading, cutting, joining, logging, committing. */
const instantRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'instant',
  configSchema: z.strictObject({}),
  split: (document) => splitDocument(document, { maxCharacters: 2_000 }),
  prompt: () => [],
  parse: (_none, { text }) => ({ outcome: 'rephrased', text }),
  join: joinParts,
});

/** How much text the host recycles in a second when no model keeps it waiting, and what that does to its process. */
export async function* measureHost(): AsyncGenerator<Measure> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-host-'));
  try {
    await writeShards(folder);
    yield await measureRecycling(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureRecycling(folder: string): Promise<Measure> {
  const memory: Sample[] = [];
  let done = 0;
  const progress = (documents: number) => {
    done = documents;
  };
  await using session = await openSession(
    {
      name: 'host',
      seed: 7,
      dataset: { use: 'jsonl', path: join(folder, '*.jsonl') },
      rephraser: { use: instantRephraser },
      plugins: ['@repro/plugins'],
    },
    { runs: join(folder, 'runs'), onEvent: (event) => void (event.type === 'progress' && progress(event.done)) },
  );
  const lag = monitorEventLoopDelay({ resolution: 1 });
  const watching = setInterval(
    () => memory.push({ x: (done * pageBytes) / 1e6, y: process.memoryUsage().rss / 1e6 }),
    100,
  );
  lag.enable();
  const started = performance.now();
  const cpuBefore = process.threadCpuUsage();
  await recycle(session);
  const cpu = process.threadCpuUsage(cpuBefore);
  const seconds = (performance.now() - started) / 1000;
  lag.disable();
  clearInterval(watching);
  const rate = textMegabytes / seconds;
  const lagMilliseconds = lag.percentile(99) / 1e6;
  // The heap has found its size by then; what it holds between two collections comes and goes.
  const growth = 100 * slope(lowest(memory.filter(({ x }) => x > textMegabytes / 3)));
  return {
    name: `host alone, ${textMegabytes} MB of text in ${shards * pagesPerShard} pages`,
    unit: 'MB/s',
    medians: { repro: rate },
    samples: 1,
    targets: [
      { what: 'MB of text per second', found: rate, atLeast: 20 },
      { what: 'event loop lag in ms, p99', found: lagMilliseconds, atMost: 20 },
      { what: 'MB of memory more for 100 MB of text', found: growth, atMost: 10 },
    ],
    details: {
      // What other processes leave of a core changes the rate, and hardly this.
      'MB per second that the main thread had a core': textMegabytes / ((cpu.user + cpu.system) / 1e6),
      'lag max ms': lag.max / 1e6,
      'memory max MB': Math.max(...memory.map(({ y }) => y)),
    },
  };
}

async function writeShards(folder: string): Promise<void> {
  for (let shard = 0; shard < shards; shard += 1) {
    const lines = function* () {
      for (let page = 0; page < pagesPerShard; page += 1) {
        const number = shard * pagesPerShard + page;
        yield `${JSON.stringify({ id: `page-${number}`, text: mixedText(number, pageBytes), url: `https://example.org/${number}` })}\n`;
      }
    };
    await pipeline(Readable.from(lines()), createWriteStream(join(folder, `${shard}.jsonl`)));
  }
}

interface Sample {
  readonly x: number;
  readonly y: number;
}

/** The lowest sample of every tenth of the text. */
function lowest(samples: readonly Sample[]): readonly Sample[] {
  const tenths = Map.groupBy(samples, ({ x }) => Math.floor((10 * x) / textMegabytes));
  return [...tenths.values()].map((tenth) => tenth.reduce((low, sample) => (sample.y < low.y ? sample : low)));
}

/** Of the line that fits best. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map((sample) => sample.x)), mean(samples.map((sample) => sample.y))];
  const deviations = samples.map((sample) => ({ dx: sample.x - x, dy: sample.y - y }));
  return mean(deviations.map(({ dx, dy }) => dx * dy)) / mean(deviations.map(({ dx }) => dx * dx));
}
