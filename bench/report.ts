import { arch, availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { execa } from 'execa';
import { isMet, type Measure, type Target } from './measure.ts';

/** What the figures belong to. */
export async function describeMachine(python: string): Promise<Readonly<Record<string, string | number>>> {
  const { stdout } = await execa(python, ['-c', 'import platform; print(platform.python_version())']);
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? arch(),
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 1e9),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.versions.node,
    python: stdout,
  };
}

/** A few lines for people. */
export function describeMeasure({ name, unit, medians, samples, targets, details = {} }: Measure): string {
  const values = Object.entries(medians).map(([contender, value]) => `${contender} ${round(value)} ${unit}`);
  const more = Object.entries(details).map(([what, value]) => `${what} ${round(value)}`);
  return [
    `${name} (median of ${samples})`,
    `    ${values.join(', ')}`,
    ...targets.map((target) => `    ${isMet(target) ? 'met   ' : 'MISSED'} ${describeTarget(target)}`),
    ...(more.length > 0 ? [`    ${more.join(', ')}`] : []),
  ].join('\n');
}

function describeTarget({ what, found, atMost, atLeast }: Target): string {
  return `${what} ${round(found)}, target ${atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`}`;
}

/** Three digits that say something. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}
