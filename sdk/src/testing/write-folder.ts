import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export type FileContent = string | Uint8Array | readonly object[];

/** A folder with these files, gone when the test ends. */
export async function writeFolder(files: Readonly<Record<string, FileContent>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'repro-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await writePages(join(folder, name), content);
  }
  return folder;
}

/** Writes a file and the folders above it; a list becomes JSON lines. */
export async function writePages(file: string, content: FileContent): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const isText = typeof content === 'string' || content instanceof Uint8Array;
  await writeFile(file, isText ? content : content.map((page) => `${JSON.stringify(page)}\n`).join(''));
}
