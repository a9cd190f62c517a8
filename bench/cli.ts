import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { interleave, median } from './interleave.ts';
import type { Measure } from './measure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** How long the packed command line takes to say what it can do, beside a Node that does nothing. */
export async function* measureCliStart(): AsyncGenerator<Measure> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-cli-'));
  try {
    await installPackages(folder);
    const start = (...args: readonly string[]) => execa(process.execPath, args, { cwd: folder });
    const timings = await interleave(
      {
        repro: () => start(join(folder, 'node_modules', '.bin', 'repro'), '--help'),
        'node -e 0': () => start('-e', '0'),
      },
      { rounds: 15, calls: 1 },
    );
    const ours = median(timings.repro);
    yield {
      name: 'packed `repro --help`',
      unit: 'ms',
      medians: { repro: ours, 'node -e 0': median(timings['node -e 0']) },
      samples: timings.repro.length,
      targets: [{ what: 'milliseconds', found: ours, atMost: 200 }],
      details: {
        'fastest ms': Math.min(...timings.repro),
        'fastest `node -e 0` ms': Math.min(...timings['node -e 0']),
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a stranger gets: three tarballs in an empty folder. */
async function installPackages(folder: string): Promise<void> {
  await execa('npm', ['run', '--silent', 'pack'], { cwd: root });
  const tarballs = (await readdir(join(root, 'dist'))).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const paths = tarballs.map((name) => join(root, 'dist', name));
  await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...paths], { cwd: folder });
}
