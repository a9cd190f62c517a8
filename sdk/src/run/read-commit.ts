import { partKey } from './journal.ts';
import { type PartCommit, partFile, saysCommit } from './part-commit.ts';
import type { RunReader } from './run-folder.ts';

export type CommitState =
  /** Not decided, or on its way to its names, or deleted as a whole. */
  | { readonly state: 'absent' }
  | { readonly state: 'committed'; readonly commit: PartCommit }
  /** Whole, but made by another stage key or from other input. */
  | { readonly state: 'other-key' | 'other-input'; readonly commit: PartCommit }
  /** ok.json is not what was decided, or a file it names is missing or has another size. */
  | { readonly state: 'damaged'; readonly file: string; readonly problem: string };

/** Whether a part is done: the journal says what stands, the files must be there. What is not expected is not compared. */
export async function readCommit(
  run: RunReader,
  stage: string,
  part: number,
  expected: { readonly stageKey?: string; readonly inputSha256?: string } = {},
): Promise<CommitState> {
  const commit = run.journal.state.standing.get(partKey(stage, part))?.commit;
  if (commit === undefined) {
    return { state: 'absent' };
  }
  const path = partFile(stage, part, 'commit', commit.revision);
  const text = (await run.store.read(path))?.toString();
  if (text === undefined) {
    return { state: 'absent' };
  }
  if (!saysCommit(text, commit)) {
    return { state: 'damaged', file: path, problem: 'is not what was committed' };
  }
  for (const { name, bytes } of commit.files) {
    const found = await run.store.size(name);
    if (found !== bytes) {
      const problem = found === undefined ? 'is missing' : `has ${found} bytes, ${bytes} were committed`;
      return { state: 'damaged', file: name, problem };
    }
  }
  if (expected.stageKey !== undefined && expected.stageKey !== commit.stageKey) {
    return { state: 'other-key', commit };
  }
  if (expected.inputSha256 !== undefined && expected.inputSha256 !== commit.input.sha256) {
    return { state: 'other-input', commit };
  }
  return { state: 'committed', commit };
}

/** Numbers of the parts of a stage that were committed and stand, ascending. */
export function listCommittedParts(run: RunReader, stage: string): readonly number[] {
  return [...run.journal.state.standing.values()]
    .filter(({ commit }) => commit.stage === stage)
    .map(({ commit }) => commit.part)
    .sort((one, other) => one - other);
}
