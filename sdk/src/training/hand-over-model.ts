import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../run/store.ts';
import { modelFolder, type WrittenFile } from './train-result.ts';

/** What a model consists of; all else in a checkpoint is there to go on training from it. */
const modelFiles = /\.(safetensors|json|txt|model|jinja|tiktoken)$/;
const trainingFiles = /^(checkpoint|trainer_state|training_args|all_results)\.json$/;

/**
 * Makes `train/model/` the model of a checkpoint: links to its files, or copies where a link cannot be made. It appears by a
 * rename.
 */
export async function handOverModel(store: Store, checkpoint: string, host: string): Promise<readonly WrittenFile[]> {
  const staged = `_tmp/${host}/model`;
  const target = join(store.root, staged);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const names = (await readdir(checkpoint)).filter((name) => modelFiles.test(name) && !trainingFiles.test(name)).sort();
  for (const name of names) {
    const [from, to] = [join(checkpoint, name), join(target, name)];
    await link(from, to).catch(() => copyFile(from, to));
    await using file = await open(to, 'r');
    await file.sync();
  }
  const files = await hashFiles(
    store,
    names.map((name) => `${staged}/${name}`),
  );
  // A folder cannot take the place of another one in a single rename.
  await store.remove(`_tmp/${host}/model-before`);
  await store.move(modelFolder, `_tmp/${host}/model-before`);
  await store.move(staged, modelFolder);
  await store.remove(`_tmp/${host}/model-before`);
  return files.map((file) => ({ ...file, name: file.name.replace(staged, modelFolder) }));
}

/** Name, length and hash of files of the run. */
export async function hashFiles(store: Store, names: readonly string[]): Promise<readonly WrittenFile[]> {
  const files: WrittenFile[] = [];
  for (const name of names) {
    const digest = createHash('sha256');
    let bytes = 0;
    for await (const chunk of store.stream(name)) {
      digest.update(chunk);
      bytes += chunk.length;
    }
    files.push({ name, bytes, sha256: digest.digest('hex') });
  }
  return files;
}
