import { existsSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolderNotEmptyError, UnknownTemplateError } from '../errors/init-project.ts';

/** Copies a template project into a new or empty folder. */
export async function initProject({
  template,
  folder,
}: {
  readonly template: string;
  readonly folder: string;
}): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const templates = findTemplates();
  const known = (await readdir(templates, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (!known.some(({ name }) => name === template)) {
    throw new UnknownTemplateError({ template, known: known.map(({ name }) => name) });
  }
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) {
    throw new FolderNotEmptyError({ folder: target });
  }
  // A template's own test stays at home.
  const filter = (source: string) => !source.endsWith('.test.ts');
  await cp(join(templates, template), target, { recursive: true, filter });
  const files = await readdir(target, { recursive: true });
  return { folder: target, files: files.toSorted().map((file) => join(folder, file)) };
}

/** Inside the published package, or at the root of a checkout. */
function findTemplates(): string {
  const packed = fileURLToPath(new URL('../../templates', import.meta.url));
  return existsSync(packed) ? packed : fileURLToPath(new URL('../../../templates', import.meta.url));
}
