import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelEndpoints } from '../models/open-models.ts';
import type { Session } from '../session/open-session.ts';
import { stepOf } from '../training/step-name.ts';
import { type SampleScores, TrainInput } from '../training/trainer-messages.ts';

export interface ScriptedTrainer {
  readonly createTrainerGroup: Session['createTrainerGroup'];
  /** What each call of `train` was given. */
  readonly inputs: TrainInput[];
  /** Every answer of the host to a question for scores. */
  readonly scored: { readonly step: number; readonly purpose: string; readonly samples: readonly SampleScores[] }[];
}

export interface TrainerScript {
  /** What the model says to a passage after so many steps. */
  readonly answer: (passage: string, after: { readonly step: number; readonly sample: number }) => string;
  readonly finishReason?: 'stop' | 'length';
  /** Called before each step; what it throws ends the group. */
  readonly onStep?: (step: number) => void | Promise<void>;
}

interface Row {
  readonly row: number;
  readonly documentId: string;
  readonly passage: { readonly text: string };
}

/**
 * A trainer group without processes or gradients that otherwise does what the real one does: it goes on from the newest checkpoint in
 * its folder, asks for scores, and tells the same events in the same order.
 */
export function scriptedTrainer({ answer, finishReason = 'stop', onStep }: TrainerScript): ScriptedTrainer {
  const inputs: TrainInput[] = [];
  const scored: ScriptedTrainer['scored'] = [];
  const createTrainerGroup: Session['createTrainerGroup'] = async ({ callbacks }) => ({
    async *train(given, { abortSignal = new AbortController().signal } = {}) {
      const input = TrainInput.parse(given);
      inputs.push(input);
      const { steps, promptsPerStep, rollouts, folder, evaluation } = input;
      const rows = await readRows(input.passages);
      const heldOut = input.heldOut === null ? [] : await readRows(input.heldOut);
      const ask = async (
        purpose: 'rollout' | 'held-out',
        step: number,
        mode: 'sample' | 'greedy',
        asked: readonly { readonly position: number; readonly row: Row; readonly sample: number }[],
      ) => {
        const samples = asked.map(({ position, row, sample }) => ({
          position,
          row: row.row,
          sample,
          text: answer(row.passage.text, { step: purpose === 'rollout' ? step - 1 : step, sample }),
          finishReason,
          tokens: 10,
          promptTokens: 20,
          thinkPrefilled: false,
        }));
        const given = await callbacks.score?.({ purpose, step, rank: 0, mode, samples }, { abortSignal });
        const answered = (given as { readonly samples: readonly SampleScores[] }).samples;
        scored.push({ step, purpose, samples: answered });
        return answered;
      };
      const evaluate = async (step: number) => {
        const sampled = heldOut.flatMap((row) =>
          repeat(evaluation?.samples ?? 0, (sample) => ({ position: row.row, row, sample })),
        );
        await ask('held-out', step, 'sample', sampled);
        await (evaluation?.greedy &&
          ask(
            'held-out',
            step,
            'greedy',
            heldOut.map((row) => ({ position: row.row, row, sample: 0 })),
          ));
      };

      const documents = new Set(rows.map(({ documentId }) => documentId)).size;
      yield {
        type: 'data',
        ...{ rows: rows.length, documents, leftOut: [], leftOutCount: 0, longestPromptTokens: 20 },
        ...{ promptSha256: 'p', promptRow: 0, heldOutRows: heldOut.length, heldOutLeftOut: 0 },
      };
      const begin = await newestStep(folder);
      yield { type: 'started', parameters: 1, device: 'cpu', precision: 'float32', why: 'a test' };
      if (begin > 0) {
        yield { type: 'resumed', step: begin };
      } else if (evaluation !== null) {
        await evaluate(0);
        await callbacks.evaluated?.({ step: 0 }, { abortSignal });
      }
      for (let step = begin + 1; step <= steps; step += 1) {
        await onStep?.(step);
        const prompts = repeat(promptsPerStep, (index) => rows[(step * promptsPerStep + index) % rows.length] as Row);
        const asked = prompts.flatMap((row, index) =>
          repeat(rollouts, (sample) => ({ position: step * promptsPerStep + index, row, sample })),
        );
        const scores = await ask('rollout', step, 'sample', asked);
        const totals = scores.map(({ scores: parts }) =>
          parts.some((part) => part === null)
            ? null
            : input.rewards.reduce((sum, { weight }, index) => sum + weight * (parts[index] ?? 0), 0),
        );
        yield { type: 'step', step, steps, metrics: metricsOf(input, totals) };
        yield {
          type: 'rollouts',
          step,
          rollouts: asked.map(({ position, row, sample }, index) => {
            const total = totals[index] ?? null;
            return { position, row: row.row, sample, total, advantage: total ?? 0, masked: total === null };
          }),
        };
        const isMeasured = evaluation !== null && (step % evaluation.every === 0 || step === steps);
        if (isMeasured) {
          await evaluate(step);
          await callbacks.evaluated?.({ step }, { abortSignal });
        }
        if (isMeasured || step % input.checkpoints.every === 0 || step === steps) {
          await writeCheckpoint(folder, step);
          yield { type: 'checkpoint', step };
        }
      }
      yield { type: 'finished', steps };
    },
  });
  return { createTrainerGroup, inputs, scored };
}

/** Endpoints that are there and never asked. */
export function restingModels(revision = 'r1'): ModelEndpoints {
  const refuse = async () => {
    throw new Error('No engine is needed for this.');
  };
  return {
    names: ['small'],
    reference: async (name) => ({ name, path: `/models/${name}`, revision }),
    windowAtRest: async () => ({ countTokens: (text) => text.split(' ').length, contextTokens: 1000 }),
    ask: refuse,
    likelihood: refuse,
    window: refuse,
    render: refuse,
    engine: refuse,
    statistics: async () => new Map(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function readRows(path: string): Promise<readonly Row[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

async function newestStep(folder: string): Promise<number> {
  const checkpoints = join(folder, 'checkpoints');
  const names = existsSync(checkpoints) ? await readdir(checkpoints) : [];
  return Math.max(0, ...names.flatMap((name) => stepOf(name) ?? []));
}

/** As the real one: what a model consists of, and what only a resume needs. */
async function writeCheckpoint(folder: string, step: number): Promise<void> {
  const path = join(folder, 'checkpoints', `step-${String(step).padStart(6, '0')}`);
  const staging = join(folder, 'checkpoints', '_tmp');
  await mkdir(staging, { recursive: true });
  for (const name of ['model.safetensors', 'config.json', 'tokenizer.json', 'optimizer.pt', 'checkpoint.json']) {
    await writeFile(join(staging, name), `${name} of step ${step}`);
  }
  await rename(staging, path);
}

function metricsOf({ rewards }: TrainInput, totals: readonly (number | null)[]) {
  const known = totals.filter((total) => total !== null);
  const none = { spread: null, unscoredShare: 0, zeroVarianceShare: 0 };
  return {
    ...{ loss: 0.1, gradientNorm: 1, learningRate: 1e-6, kl: 0.001, totalSpread: 0, zeroVarianceShare: 0 },
    total: known.reduce((sum, total) => sum + total, 0) / Math.max(1, known.length),
    unscoredShare: 1 - known.length / Math.max(1, totals.length),
    ...{ rejectedShare: 0, cutOffShare: 0, lengthRatio: 1, entropy: 1, promptTokens: 20, completionTokens: 10 },
    ...{ seconds: 2, generateSeconds: 1, callbackSeconds: 0.1, resampledGroups: 0 },
    rewards: Object.fromEntries(rewards.map(({ name }) => [name, { mean: 0.5, ...none }])),
  };
}

function repeat<Item>(count: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
