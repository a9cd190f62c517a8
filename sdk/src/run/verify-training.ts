import { z } from 'zod';
import type { VerifyProblem } from '../errors/verify-failed.ts';
import type { RunReader } from './run-folder.ts';

/** What is needed here of the files that a training writes when it is done. */
const Files = z.object({ files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })) });
const Phase = z.object({ data: Files });
const Result = Files.extend({ algorithm: z.string(), chosen: z.object({ step: z.int() }) });

export interface TrainingVerdict {
  /** Trainings that are done. */
  readonly trainings: number;
  readonly files: number;
  readonly bytes: number;
  /** Begun and not done: `train/grpo`. */
  readonly inProgress: readonly string[];
  readonly problems: readonly VerifyProblem[];
}

/** Hashes again what trainings have left: their data, evaluations and rollouts, and the model that was handed over. */
export async function verifyTrainings(
  run: RunReader,
  hashFile: (path: string) => Promise<string>,
): Promise<TrainingVerdict> {
  const { store } = run;
  const problems: VerifyProblem[] = [];
  const inProgress: string[] = [];
  const sum = { trainings: 0, files: 0, bytes: 0 };
  for (const name of await store.list('train')) {
    const folder = `train/${name}`;
    const phase = await read(`${folder}/phase.json`, Phase);
    if (phase === undefined) {
      continue;
    }
    await check(phase.data.files);
    const result = await read(`${folder}/result.json`, Result);
    if (result === undefined) {
      inProgress.push(folder);
      continue;
    }
    sum.trainings += 1;
    await check(result.files);
    const checkpoint = `${folder}/checkpoints/step-${String(result.chosen.step).padStart(6, '0')}`;
    if ((await store.list(checkpoint)).length === 0) {
      problems.push({ file: checkpoint, problem: 'was chosen and is not there' });
    }
  }
  const model = await read('train/model.json', Files);
  await check(model?.files ?? []);
  return { ...sum, inProgress, problems };

  async function check(files: z.infer<typeof Files>['files']): Promise<void> {
    for (const { name, bytes, sha256 } of files) {
      sum.files += 1;
      sum.bytes += bytes;
      const found = await store.size(name);
      if (found !== bytes) {
        const problem = found === undefined ? 'is not there' : `has ${found} bytes, ${bytes} were written`;
        problems.push({ file: name, problem });
      } else if ((await hashFile(name)) !== sha256) {
        problems.push({ file: name, problem: `has changed: its sha256 is not ${sha256}, with which it was written` });
      }
    }
  }

  async function read<Content>(path: string, schema: z.ZodType<Content>): Promise<Content | undefined> {
    const text = (await store.read(path))?.toString();
    if (text === undefined) {
      return undefined;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      problems.push({ file: path, problem: 'is not what was written there' });
      return undefined;
    }
  }
}
