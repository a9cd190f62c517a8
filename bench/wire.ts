import { openBareLoop } from './bare-loop.ts';
import { openBridgeLoop } from './bridge-loop.ts';
import { openHttpLoop } from './http-loop.ts';
import { interleave, median } from './interleave.ts';
import type { Measure } from './measure.ts';
import { mixedTexts } from './mixed-text.ts';
import type { WireLoop } from './wire-loop.ts';

type Wire = 'repro' | 'bare ZeroMQ' | 'HTTP + JSON';

/** What it costs to ask a Python process, through the bridge, a bare ZeroMQ socket, and HTTP with JSON. */
export async function* measureWire(python: string): AsyncGenerator<Measure> {
  await using repro = await openBridgeLoop(python);
  await using bare = await openBareLoop(python);
  await using http = await openHttpLoop(python);
  const each = (ask: (loop: WireLoop) => Promise<unknown>): Record<Wire, () => Promise<unknown>> => ({
    repro: () => ask(repro),
    'bare ZeroMQ': () => ask(bare),
    'HTTP + JSON': () => ask(http),
  });

  const empty = await interleave(
    each((loop) => loop.echo([])),
    { rounds: 30, calls: 100 },
  );
  yield summarize('empty call', empty, { against: 'bare ZeroMQ', atMost: 3 });

  const texts = mixedTexts(1000, 3000);
  const thousand = await interleave(
    each((loop) => loop.echo(texts)),
    { rounds: 25, calls: 1 },
  );
  yield summarize('1,000 texts of 3 kB, there and back', thousand, { against: 'HTTP + JSON', atMost: 0.4 });

  await Promise.all([repro, bare, http].map((loop) => loop.echo(mixedTexts(512, 3000))));
  const callbacks = await interleave(
    each((loop) => loop.callBack()),
    { rounds: 25, calls: 1 },
  );
  yield summarize('callback with 512 texts of 3 kB, there and back', callbacks);
}

function summarize(
  name: string,
  timings: Readonly<Record<Wire, readonly number[]>>,
  target?: { readonly against: Wire; readonly atMost: number },
): Measure {
  const medians = Object.fromEntries(Object.entries(timings).map(([wire, values]) => [wire, median(values)]));
  const ratio = (against: Wire) => median(timings.repro) / median(timings[against]);
  const targets = target && [
    { what: `ratio to ${target.against}`, found: ratio(target.against), atMost: target.atMost },
  ];
  return { name, unit: 'ms', medians, samples: timings.repro.length, targets: targets ?? [] };
}
