import { existsSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Longest folder that leaves room for the rest: the path of an ipc socket may have about 107 bytes. */
const longestParent = 60;

/** Where the folder of the sockets is made: the first of `$XDG_RUNTIME_DIR`, the temporary folder and /tmp that is short enough. */
export function parentOfSockets(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  const named = runtime !== undefined && existsSync(runtime) ? [runtime] : [];
  return [...named, tmpdir()].find((folder) => Buffer.byteLength(folder) < longestParent) ?? '/tmp';
}

/** A fresh folder that nobody else may enter. */
export async function createSocketFolder(): Promise<string> {
  const folder = await mkdtemp(join(parentOfSockets(), 'repro-'));
  await chmod(folder, 0o700);
  return folder;
}
