import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
    }),
  ),
});
const root = new URL('../../', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8'));
const { packages } = Lock.parse(read('package-lock.json'));
const foreign = Object.entries(packages).filter(([name, { link }]) => name.startsWith('node_modules/') && !link);

it('needs no install script: the two packages that have one bring what it would build', () => {
  const scripted = foreign.flatMap(([name, { hasInstallScript }]) => (hasInstallScript ? [name] : []));
  // zeromq ships its binaries; msgpackr-extract is an addon that msgpackr works without (docs/decisions/0026).
  expect(scripted).toEqual(['node_modules/msgpackr-extract', 'node_modules/zeromq']);
  for (const folder of ['', 'bridge/', 'sdk/', 'plugins/']) {
    const { scripts = {} } = read(`${folder}package.json`) as { scripts?: Record<string, string> };
    const run = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
    expect({ folder, run }).toEqual({ folder, run: [] });
  }
});

it('holds every package to its hash and names no registry', () => {
  expect(foreign.filter(([, { integrity }]) => integrity === undefined).map(([name]) => name)).toEqual([]);
  expect(foreign.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
});
