import { z } from 'zod';
import { NewerRunFormatError } from '../errors/newer-run-format.ts';
import { commitFormat, PartCommit, partFile } from './part-commit.ts';
import type { RunReader } from './run-folder.ts';

export type CommitState =
  | { readonly state: 'absent' }
  | { readonly state: 'committed'; readonly commit: PartCommit }
  /** Whole, but made by another stage key or from other input. */
  | { readonly state: 'other-key' | 'other-input'; readonly commit: PartCommit }
  /** ok.json cannot be read, or a file it names is missing or has another size. */
  | { readonly state: 'damaged'; readonly file: string; readonly problem: string };

/** Whether a part is done. What is not expected is not compared. */
export async function readCommit(
  run: RunReader,
  stage: string,
  part: number,
  expected: { readonly stageKey?: string; readonly inputSha256?: string } = {},
): Promise<CommitState> {
  const path = partFile(stage, part, 'commit');
  const text = (await run.store.read(path))?.toString();
  if (text === undefined) {
    return { state: 'absent' };
  }
  const commit = parseCommit(text, `${run.folder}/${path}`);
  if (commit?.stage !== stage || commit.part !== part) {
    return { state: 'damaged', file: path, problem: 'is no commit of this part' };
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

/** Numbers of the parts of a stage that have an ok.json, ascending. */
export async function listCommittedParts(run: RunReader, stage: string): Promise<readonly number[]> {
  const names = await run.store.list(stage);
  const parts = names.flatMap((name) => /^part-(\d+)\.ok\.json$/.exec(name)?.[1] ?? []).map(Number);
  return parts.sort((one, other) => one - other);
}

function parseCommit(text: string, file: string): PartCommit | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format } = z.object({ format: z.int() }).safeParse(value).data ?? {};
  if (format !== undefined && format > commitFormat) {
    throw new NewerRunFormatError({ file, found: format, supported: commitFormat });
  }
  return PartCommit.safeParse(value).data;
}
