import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The Python half of repro on this machine. */
export interface PythonSources {
  /** Folder of the hashed locks: `cpu.txt`, `dev.txt`. */
  readonly locks: string;
  /** Parent of the package `repro_worker`: what PYTHONPATH must name. */
  readonly packages: string;
}

/** Finds it inside an installed bridge (`python/`), or beside the bridge in a checkout (`python-env/`). */
export function locatePythonSources(): PythonSources {
  const bridge = dirname(createRequire(import.meta.url).resolve('@repro/bridge/package.json'));
  const folders = [join(bridge, 'python'), join(bridge, '..', 'python-env')];
  const folder = folders.find((candidate) => existsSync(join(candidate, 'locks')));
  if (folder === undefined) throw new Error(`No Python sources: neither ${folders.join(' nor ')} has a folder locks.`);
  return { locks: join(folder, 'locks'), packages: join(folder, 'src') };
}
