import { join } from 'node:path';
import type { RunFolder } from '../run/run-folder.ts';
import { modelFolder, phaseFolder, type TrainResult } from '../training/train-result.ts';

/** What one training came to. */
export interface TrainingSummary
  extends Pick<TrainResult, 'algorithm' | 'steps' | 'chosen' | 'floors' | 'evaluations'> {
  /** Absolute folder of its checkpoints, evaluations and rollouts. */
  readonly folder: string;
}

export interface TrainSummary {
  /** Absolute folder of the model that `recycle` asks. */
  readonly model: string;
  readonly trainings: readonly TrainingSummary[];
}

export function summarizeTraining(run: RunFolder, results: readonly TrainResult[]): TrainSummary {
  return {
    model: join(run.folder, modelFolder),
    trainings: results.map(({ algorithm, steps, chosen, floors, evaluations }) => ({
      algorithm,
      steps,
      chosen,
      floors,
      evaluations,
      folder: join(run.folder, phaseFolder(algorithm)),
    })),
  };
}
