import type { PartCommit } from './part-commit.ts';
import type { RunReader } from './run-folder.ts';

export type CommitState =
  | { readonly state: 'absent' }
  | { readonly state: 'committed'; readonly commit: PartCommit }
  /** Whole, but made by another stage key or from other input. */
  | { readonly state: 'other-key' | 'other-input'; readonly commit: PartCommit }
  /** ok.json cannot be read, or a file it names is missing or has another size. */
  | { readonly state: 'damaged'; readonly problem: string };

/** Whether a part is done. What is not expected is not compared. */
export async function readCommit(
  run: RunReader,
  stage: string,
  part: number,
  expected: { readonly stageKey?: string; readonly inputSha256?: string } = {},
): Promise<CommitState> {
  throw new Error(`to be written: ${run.name} ${stage} ${part} ${expected.stageKey}`);
}

/** Numbers of the parts of a stage that have an ok.json, ascending. */
export async function listCommittedParts(run: RunReader, stage: string): Promise<readonly number[]> {
  throw new Error(`to be written: ${run.name} ${stage}`);
}
