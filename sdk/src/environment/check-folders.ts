import { constants, existsSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createSocketFolder, howToType, parentOfSockets } from '@repro/bridge';
import type { SystemCheck } from './system-check.ts';

/** Whether environments and models can be put into the cache. One that is complete may also be read only. */
export async function checkCacheFolder(
  folder: string,
  { isComplete }: { readonly isComplete: boolean },
): Promise<SystemCheck> {
  const check = { name: 'cache folder', expected: 'a folder that can be written' };
  try {
    await writeInto(folder);
    return { ...check, status: 'ok', found: folder };
  } catch (error) {
    return {
      ...check,
      status: isComplete ? 'warning' : 'missing',
      found: (error as Error).message,
      cure: `Name a folder of your own: \`export REPRO_CACHE=/path\`, then \`${howToType('env setup')}\`.`,
    };
  }
}

/** Whether a socket can be made where host and workers meet; some network disks hold files and no sockets. */
export async function checkSocketFolder(): Promise<SystemCheck> {
  const check = { name: 'sockets', expected: 'a folder that can hold sockets' };
  try {
    const folder = await createSocketFolder();
    try {
      await listenAt(join(folder, 's'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return { ...check, status: 'ok', found: parentOfSockets() };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      found: (error as Error).message,
      cure: 'Name a folder on a local disk, of less than 60 characters: `export XDG_RUNTIME_DIR=/path`.',
    };
  }
}

/** The folder itself, or where it would be made. */
async function writeInto(folder: string): Promise<void> {
  if (!existsSync(folder) && folder !== dirname(folder)) {
    return writeInto(dirname(folder));
  }
  await access(folder, constants.W_OK | constants.X_OK);
  await rm(await mkdtemp(join(folder, '.doctor-')), { recursive: true });
}

async function listenAt(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
