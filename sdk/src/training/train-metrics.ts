import { type JsonWritable, stringifyJson } from '../contract/json-text.ts';
import type { AppendFile, Store } from '../run/store.ts';
import type { Evaluation } from './evaluate-answers.ts';
import type { StepMetrics } from './trainer-messages.ts';

const path = 'metrics.jsonl';

/** Lines of `metrics.jsonl` at the root of a run: one for each step and each evaluation of a training. */
export interface TrainMetrics extends AsyncDisposable {
  /** Takes back what was written of later steps: they are done again. */
  beginAfter(step: number): Promise<void>;
  step(step: number, metrics: StepMetrics): Promise<void>;
  evaluation(evaluation: Evaluation): Promise<void>;
}

export async function openTrainMetrics(store: Store, algorithm: string): Promise<TrainMetrics> {
  let file: AppendFile | undefined;
  const append = async (line: Readonly<Record<string, JsonWritable>>) => {
    file ??= await store.openAppend(path);
    const common = { stage: 'train', algorithm, at: new Date().toISOString() };
    await file.append(`${stringifyJson({ ...common, ...line })}\n`);
  };
  return {
    async beginAfter(step) {
      await file?.[Symbol.asyncDispose]();
      file = undefined;
      const lines = ((await store.read(path))?.toString() ?? '').split('\n');
      const kept = lines.filter((line) => line !== '' && !isLater(line, algorithm, step));
      await (kept.length < lines.length - 1 || lines.at(-1) !== '' ? store.write(path, textOf(kept)) : undefined);
    },
    step: (step, metrics) => append({ type: 'step', step, ...(metrics as unknown as Record<string, JsonWritable>) }),
    evaluation: ({ step, sample, greedy }) =>
      append({ type: 'evaluation', step, ...({ sample, greedy } as unknown as Record<string, JsonWritable>) }),
    async [Symbol.asyncDispose]() {
      await file?.[Symbol.asyncDispose]();
    },
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A line that a crash has torn is as one that will be written again. */
function isLater(line: string, algorithm: string, step: number): boolean {
  try {
    const found = JSON.parse(line);
    return found.stage === 'train' && found.algorithm === algorithm && found.step > step;
  } catch {
    return true;
  }
}
