import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bridge, openBridge, type PoolEvent, type TrainerGroup } from '@repro/bridge';
import { writeFolder } from '../../sdk/src/testing/write-folder.ts';
import { python } from '../bridge/sample-pool.ts';

const packages = fileURLToPath(new URL('../../python-env/src', import.meta.url));

/** Two random layers with a real tokenizer. */
export async function writeTinyModel(folder: string): Promise<void> {
  const environment = { ...process.env, PYTHONPATH: packages };
  await promisify(execFile)(python.executable, ['-m', 'repro_worker.tiny_model', folder], { env: environment });
}

export interface AskedToScore {
  readonly purpose: string;
  readonly step: number;
  readonly rank: number;
  readonly samples: readonly { readonly row: number; readonly sample: number; readonly text: string }[];
}

export interface TinyTraining extends AsyncDisposable {
  readonly group: TrainerGroup;
  readonly folder: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Every callback so far. */
  readonly asked: readonly AskedToScore[];
  /** Process ids of the guardians, by rank, newest last. */
  pids(rank: number): readonly number[];
}

/** A trainer group on a tiny model whose longer answers are better, with files of its own. */
export async function openTinyTraining(options: {
  readonly ranks: number;
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly onScore?: (asked: AskedToScore) => void;
}): Promise<TinyTraining> {
  const { ranks, changes, onScore } = options;
  const folder = await writeFolder({ 'passages.jsonl': '' });
  await writeTinyModel(join(folder, 'model'));
  const passages = join(folder, 'passages.jsonl');
  await writeFile(passages, Array.from({ length: 9 }, (_, row) => `${JSON.stringify(passageOf(row))}\n`).join(''));
  const asked: AskedToScore[] = [];
  const pids: { pool: string; pid: number }[] = [];
  const bridge: Bridge = await openBridge();
  const group = bridge.createTrainerGroup({
    name: 'trainer',
    ranks,
    python,
    callbacks: {
      score: async (request) => {
        const scoring = request as AskedToScore;
        asked.push(scoring);
        onScore?.(scoring);
        return { samples: scoring.samples.map(({ text }) => accepted(text.length / 10)) };
      },
    },
    onEvent: (event: PoolEvent) => {
      if (event.type === 'starting' && event.pid !== undefined) {
        pids.push({ pool: event.pool, pid: event.pid });
      }
    },
  });
  return {
    group,
    folder,
    asked,
    pids: (rank) =>
      pids.filter(({ pool }) => pool === (ranks === 1 ? 'trainer' : `trainer rank ${rank}`)).map(({ pid }) => pid),
    input: { ...inputOf(folder, passages), ...changes },
    [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
  };
}

function accepted(score: number) {
  return { outcome: 'accepted', reason: null, scores: [score], sourceCharacters: 50, characters: 40 };
}

function passageOf(row: number) {
  const text = `The key of page ${row} is under the mat, and the window is open. `;
  const documentId = `d${row}`;
  return {
    row,
    documentId,
    passage: { documentId, index: 0, before: '', text },
    metadata: {},
    prompt: { messages: [{ role: 'user', parts: [{ text, maxTokens: null, keep: null }] }], text: null },
  };
}

function inputOf(folder: string, passages: string) {
  const sampling = {
    temperature: 1,
    topP: 0.9,
    topK: 0,
    maxTokens: 8,
    stop: [],
    repetitionPenalty: 1,
    stopRepetitionAfter: 0,
  };
  return {
    algorithm: 'grpo',
    folder: join(folder, 'train'),
    passages,
    heldOut: null,
    pairs: null,
    model: { path: join(folder, 'model'), chatTemplate: null, thinking: 'on' },
    seed: 3,
    steps: 6,
    promptsPerStep: 2,
    rollouts: 4,
    sampling,
    rewards: [{ name: 'longer', weight: 1, onlyIf: null }],
    objective: {
      beta: 0.005,
      epsilon: 0.2,
      lossType: 'bnpo',
      scaleRewards: 'group',
      rejected: 'lowest',
      normalise: 'total',
      resample: 0,
      learningRate: 1e-3,
      schedule: 'cosine',
      warmupShare: 0,
      leastLearningRateShare: 0.1,
      maxGradientNorm: 1,
      weightDecay: 0,
    },
    evaluation: null,
    checkpoints: { every: 1, keepForResume: 2 },
    guards: {
      kl: 100,
      unscoredShare: 0.9,
      lengthRatio: { atLeast: 0, atMost: 100 },
      zeroVarianceSteps: 100,
      patience: 3,
    },
    hardware: {
      device: 'cpu',
      precision: 'float32',
      threads: 1,
      gradientCheckpointing: false,
      parallel: 'ddp',
      lora: null,
      vllm: null,
    },
    reportTo: [],
    callbackTimeoutSeconds: 60,
  };
}

/** Steps whose checkpoints lie there, and the hash of each one's weights. */
export async function weightsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const checkpoints = join(folder, 'train/checkpoints');
  const steps = (await readdir(checkpoints)).filter((name) => name.startsWith('step-')).toSorted();
  const hashes = await Promise.all(
    steps.map(async (step) => {
      const weights = await readFile(join(checkpoints, step, 'model.safetensors'));
      return [step, createHash('sha256').update(weights).digest('hex')] as const;
    }),
  );
  return Object.fromEntries(hashes);
}

export async function collect(events: AsyncIterable<unknown>): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all: Readonly<Record<string, unknown>>[] = [];
  for await (const event of events) {
    all.push(event as Readonly<Record<string, unknown>>);
  }
  return all;
}
