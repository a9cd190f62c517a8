import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isReproErrorBase, type PoolEvent } from '@repro/bridge';
import { z } from 'zod';
import { stringifyJson } from '../contract/json-text.ts';
import { createPythonRuntime } from '../environment/python-runtime.ts';
import { InputMissingError } from '../errors/input-missing.ts';
import { UnusableLabelsError } from '../errors/unusable-labels.ts';
import { loadPlugins } from '../plugins/load-plugins.ts';
import { openHandlerWorkers } from '../session/handler-workers.ts';

export interface TrainClassifierOptions {
  /** Reward that the classifier is for. */
  readonly reward: string;
  /** Labelled pages, .jsonl. */
  readonly pages: string;
  /** Fields of the page and of its label, a number. */
  readonly text: string;
  readonly label: string;
  /** Pages of this label or more are good. */
  readonly positive: number;
  readonly encoder: string;
  readonly layer: number;
  /** Tokens that are read of each page. */
  readonly mostTokens: number;
  readonly folds: number;
  readonly seed: number;
  /** File that the head is written to. */
  readonly output: string;
  readonly abortSignal?: AbortSignal;
  readonly onEvent?: (event: PoolEvent) => void;
}

const Auc = z.object({ value: z.number(), low: z.number(), high: z.number(), good: z.int(), other: z.int() });
const TrainOutput = z.object({ head: z.looseObject({ auc: z.object({ folds: Auc, heldOut: Auc }) }) });

export interface TrainedClassifier {
  readonly output: string;
  /** How often a good page is above another one, with its 95 % interval. */
  readonly auc: z.infer<typeof TrainOutput>['head']['auc'];
}

/** Has a reward learn from labelled pages, and writes what it learned. */
export async function trainClassifier(options: TrainClassifierOptions): Promise<TrainedClassifier> {
  const { reward, pages, output, abortSignal, onEvent = () => undefined, ...settings } = options;
  const file = resolve(pages);
  if (!existsSync(file)) {
    throw new InputMissingError({
      stage: 'classifier train',
      missing: file,
      hint: 'Name labelled pages with --pages.',
    });
  }
  const plugins = await loadPlugins(['@repro/plugins'], () => process.cwd());
  const plugin = await plugins.resolve('reward', reward);
  if (plugin.trainHandler === undefined) {
    throw new Error(`The reward ${reward} learns from nothing: it has no trainHandler.`);
  }
  await using runtime = createPythonRuntime();
  await using handlers = openHandlerWorkers(runtime, onEvent);
  const { head } = await handlers
    .register(plugin)
    .call(
      plugin.trainHandler,
      { ...settings, pages: file },
      { output: TrainOutput, ...(abortSignal && { abortSignal }) },
    )
    .catch((error: unknown) => {
      throw isReproErrorBase(error) && error.code === 'REPRO_INVALID_INPUT'
        ? new UnusableLabelsError(error.message, { cause: error })
        : error;
    });
  await writeFile(output, `${stringifyJson(head as never)}\n`);
  return { output: resolve(output), auc: head.auc };
}
