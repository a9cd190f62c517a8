import { z } from 'zod';
import type { VerifyProblem } from '../errors/verify-failed.ts';
import { checkpointsFolder } from '../training/checkpoint-folders.ts';
import { stepName } from '../training/step-name.ts';
import { TrainResult } from '../training/train-result.ts';
import type { RunReader } from './run-folder.ts';
import { verifyChoice } from './verify-choice.ts';

/** What is needed here of the files that a training writes when it is done. */
const Files = z.object({ files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })) });
const Phase = z.object({ data: Files });
const Model = Files.extend({ algorithm: z.string(), key: z.string(), choiceKey: z.string(), step: z.int() });

export interface TrainingVerdict {
  /** Trainings that are done. */
  readonly trainings: number;
  readonly files: number;
  readonly bytes: number;
  /** Begun and not done: `train/grpo`. */
  readonly inProgress: readonly string[];
  readonly problems: readonly VerifyProblem[];
}

/**
 * Hashes again what trainings have left (their data, evaluations and rollouts, and the model that was handed over), and makes
 * the choice of each checkpoint again.
 */
export async function verifyTrainings(
  run: RunReader,
  hashFile: (path: string) => Promise<string>,
): Promise<TrainingVerdict> {
  const { store } = run;
  const problems: VerifyProblem[] = [];
  const inProgress: string[] = [];
  const sum = { trainings: 0, files: 0, bytes: 0 };
  const results = new Map<string, TrainResult>();
  for (const name of await store.list('train')) {
    const folder = `train/${name}`;
    const phase = await read(`${folder}/phase.json`, Phase);
    if (phase === undefined) {
      continue;
    }
    await check(phase.data.files);
    const result = await read(`${folder}/result.json`, TrainResult);
    if (result === undefined) {
      inProgress.push(folder);
      continue;
    }
    sum.trainings += 1;
    results.set(result.algorithm, result);
    // Of files that have changed the choice would only repeat that in other words.
    if (await check(result.files)) {
      problems.push(...(await verifyChoice(store, result)));
    }
    const checkpoint = `${checkpointsFolder(name)}/${stepName(result.chosen.step)}`;
    if ((await store.list(checkpoint)).length === 0) {
      problems.push({ file: checkpoint, problem: 'was chosen and is not there' });
    }
  }
  const model = await read('train/model.json', Model);
  await check(model?.files ?? []);
  const result = model && results.get(model.algorithm);
  // With other keys it is of an earlier choice: the next run hands the new one over.
  const isOfResult = result?.key === model?.key && result?.choiceKey === model?.choiceKey;
  if (model !== undefined && result !== undefined && isOfResult && model.step !== result.chosen.step) {
    const problem = `is step ${model.step} of ${model.algorithm}, and step ${result.chosen.step} was chosen`;
    problems.push({ file: 'train/model.json', problem });
  }
  return { ...sum, inProgress, problems };

  async function check(files: z.infer<typeof Files>['files']): Promise<boolean> {
    const before = problems.length;
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
    return problems.length === before;
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
