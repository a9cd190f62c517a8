import { execa } from 'execa';
import { z } from 'zod';
import { ModelNotPreparedError } from '../errors/model-not-prepared.ts';

const ModelDescription = z.object({ folder: z.string(), revision: z.string() });
export type ModelDescription = z.infer<typeof ModelDescription>;

/**
 * Has Python resolve a model path (and convert or fetch it where needed) and hash what it answers with. Loads no model,
 * so a run that is already complete needs no engine to know it.
 */
export async function describeModel(
  model: { readonly path: string; readonly chatTemplate?: string | undefined },
  options: {
    readonly python: string;
    /** Parent of the package `repro_worker`. */
    readonly packages: string;
    readonly variables?: Readonly<Record<string, string | undefined>>;
    readonly onProgress?: ((message: string) => void) | undefined;
    readonly abortSignal?: AbortSignal | undefined;
  },
): Promise<ModelDescription> {
  const { python, packages, variables = process.env, onProgress, abortSignal } = options;
  const template = model.chatTemplate === undefined ? [] : ['--chat-template', model.chatTemplate];
  const worker = execa(python, ['-m', 'repro_worker.models', '--json', ...template, model.path], {
    env: { ...variables, PYTHONPATH: packages, PYTHONNOUSERSITE: '1', PYTHONSAFEPATH: '1' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    ...(abortSignal && { cancelSignal: abortSignal }),
  });
  for await (const line of worker.iterable({ from: 'stderr' })) {
    onProgress?.(line);
  }
  const result = await worker;
  abortSignal?.throwIfAborted();
  if (result.failed) {
    throw new ModelNotPreparedError({ path: model.path, output: result.stderr.split('\n').slice(-20), cause: result });
  }
  return ModelDescription.parse(JSON.parse(result.stdout));
}
