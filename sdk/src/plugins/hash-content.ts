import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** sha256 of a file, or of the names and contents of all files in a folder; undefined where there is neither. */
export async function hashContent(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) {
    return hashFile(path);
  }
  if (!found?.isDirectory()) {
    return undefined;
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const lines: string[] = [];
  for (const file of files.toSorted()) {
    lines.push(`${relative(path, file)}\n${await hashFile(file)}\n`);
  }
  return hash('sha256', lines.join(''));
}

async function hashFile(file: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), digest);
  return digest.digest('hex');
}
