import { isDeepStrictEqual } from 'node:util';
import type { VerifyProblem } from '../errors/verify-failed.ts';
import { evaluationsFolder } from '../training/checkpoint-folders.ts';
import {
  type CheckpointDecision,
  decideCheckpoint,
  decidingRule,
  readCandidates,
} from '../training/decide-checkpoint.ts';
import { stepOf } from '../training/step-name.ts';
import { phaseFolder, type TrainResult } from '../training/train-result.ts';
import type { Store } from './store.ts';

/**
 * Makes the choice of a checkpoint again, from the held-out answers as they lie there: with the floors that were in force
 * and the checkpoints that there were. A result from before all that was recorded says nothing that could be compared.
 */
export async function verifyChoice(store: Store, result: TrainResult): Promise<readonly VerifyProblem[]> {
  const { algorithm, evaluations, floors, decided, steps: last } = result;
  if (decided?.rule !== decidingRule) {
    return [];
  }
  const prefix = `${evaluationsFolder(algorithm)}/`;
  const steps = result.files
    .filter(({ name }) => name.startsWith(prefix))
    .flatMap(({ name }) => stepOf(name.slice(prefix.length)) ?? []);
  const rewards = decided.rewards.map(({ name, weight, threshold, onlyIf }) => ({ name, weight, threshold, onlyIf }));
  const candidates = await readCandidates(store, algorithm, { steps, rewards, seed: decided.seed });
  const withCheckpoint = evaluations.filter(({ hasCheckpoint }) => hasCheckpoint).map(({ step }) => step);
  // There is one after the last step, which need not have been measured.
  const checkpoints = evaluations.some(({ step }) => step === last) ? withCheckpoint : [...withCheckpoint, last];
  const problem = differenceOf(result, decideCheckpoint(candidates, { checkpoints, floors, ...decided }));
  return problem === undefined ? [] : [{ file: `${phaseFolder(algorithm)}/result.json`, problem }];
}

function differenceOf({ chosen, evaluations }: TrainResult, again: CheckpointDecision): string | undefined {
  if (again.chosen?.step !== chosen.step) {
    const found = again.chosen ? `it is step ${again.chosen.step} (${again.chosen.why})` : 'none may be chosen';
    return `step ${chosen.step} was chosen (${chosen.why}); by the held-out answers ${found}`;
  }
  const different = again.evaluations.find((one, index) => !isSame(one, evaluations[index]));
  if (different !== undefined) {
    return `its figures of step ${different.step} are not those of the held-out answers`;
  }
  if (again.evaluations.length !== evaluations.length) {
    return `it has ${evaluations.length} evaluations, and there are held-out answers of ${again.evaluations.length}`;
  }
  return isSame(again.chosen, chosen)
    ? undefined
    : `why step ${chosen.step} was chosen is not what the held-out answers say: ${again.chosen.why}`;
}

/** As JSON has it: what is undefined is not there. */
function isSame(one: unknown, other: unknown): boolean {
  return other !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
