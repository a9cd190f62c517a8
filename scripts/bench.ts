// `npm run bench`: how fast repro is beside the least that would do. `npm run bench -- wire cli` measures only these. Figures go to bench/results.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureCliStart } from '../bench/cli.ts';
import { measureHost } from '../bench/host.ts';
import { isMet, type Measure } from '../bench/measure.ts';
import { measureRecycling } from '../bench/recycle.ts';
import { describeMachine, describeMeasure } from '../bench/report.ts';
import { measureTraining } from '../bench/train.ts';
import { measureWire } from '../bench/wire.ts';
import { root } from './run-command.ts';
import { setUp } from './set-up.ts';

const benches: Readonly<Record<string, (python: string) => AsyncIterable<Measure>>> = {
  wire: measureWire,
  recycle: measureRecycling,
  train: measureTraining,
  host: measureHost,
  cli: measureCliStart,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}

const python = process.env.REPRO_PYTHON ?? (await setUp({ developerTools: false })).python;
const machine = await describeMachine(python);
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
);
const measures: Measure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for await (const measure of bench(python)) {
    measures.push(measure);
    console.log(`\n${describeMeasure(measure)}`);
  }
}
const targets = measures.flatMap((measure) => measure.targets);
const met = targets.filter(isMet).length;
writeFileSync(join(root, 'bench', 'results.json'), `${JSON.stringify({ machine, measures }, null, 2)}\n`);
console.log(`\n${met} of ${targets.length} targets met`);
