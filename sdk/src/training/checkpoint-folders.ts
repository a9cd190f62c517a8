import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../run/store.ts';
import { stepName, stepOf } from './step-name.ts';
import { phaseFolder, type TrainResult } from './train-result.ts';

export const checkpointsFolder = (algorithm: string) => `${phaseFolder(algorithm)}/checkpoints`;
export const evaluationsFolder = (algorithm: string) => `${phaseFolder(algorithm)}/evaluations`;
export const rolloutsFolder = (algorithm: string) => `${phaseFolder(algorithm)}/rollouts`;

/** Steps with a complete checkpoint, in order. */
export async function listSteps(store: Store, folder: string): Promise<readonly number[]> {
  const names = await store.list(folder);
  return names.flatMap((name) => stepOf(name) ?? []).sort((one, other) => one - other);
}

/** Of a checkpoint that holds an adapter: the whole model that it makes. */
const mergedFolder = 'merged';

/** Absolute folder of the model that was chosen. */
export function chosenFolder(store: Store, { algorithm, chosen }: TrainResult): string {
  const checkpoint = join(store.root, checkpointsFolder(algorithm), stepName(chosen.step));
  const merged = join(checkpoint, mergedFolder);
  return existsSync(merged) ? merged : checkpoint;
}
