import type { PartCommit } from './part-commit.ts';
import type { PartEntry } from './rows.ts';
import type { RunFolder } from './run-folder.ts';

export type PartOutput = 'records' | 'ledger' | 'documents' | 'quarantine' | 'scores';

export interface PartContent {
  readonly shard: string;
  readonly stageKey: string;
  readonly input: { readonly version: string; readonly sha256: string };
  /** Which files the stage makes. recycle: all but scores; score: scores. */
  readonly outputs: readonly PartOutput[];
  /** How many records the stage read from its input, bad ones included: everything else must add up to it. */
  readonly recordsIn: number;
  readonly versions: Readonly<Record<string, string>>;
  /** In source order, read once. */
  readonly entries: AsyncIterable<PartEntry> | Iterable<PartEntry>;
}

/** Writes all files of a part, checks that its counts add up, and makes it exist by writing its ok.json last. */
export async function commitPart(
  run: RunFolder,
  stage: string,
  part: number,
  content: PartContent,
): Promise<PartCommit> {
  throw new Error(`to be written: ${run.name} ${stage} ${part} ${content.shard}`);
}
