import type { RunFolder } from './run-folder.ts';

export interface PartLogHeader {
  readonly stageKey: string;
  /** sha256 of the source shard. */
  readonly input: string;
}

/** Finished documents of a part in progress, by source line. */
export interface PartLog extends AsyncDisposable {
  /** Finished documents that belong to another key or input and are not used. */
  readonly discarded: number;
  has(line: number): boolean;
  /** Every line it has, ascending. */
  lines(): readonly number[];
  append(line: number, payload: string): Promise<void>;
  read(line: number): Promise<string>;
  /** Everything appended so far is on disk when it resolves. */
  flush(): Promise<void>;
}

export async function openPartLog(
  run: RunFolder,
  stage: string,
  part: number,
  header: PartLogHeader,
): Promise<PartLog> {
  throw new Error(`to be written: ${run.name} ${stage} ${part} ${header.stageKey}`);
}
