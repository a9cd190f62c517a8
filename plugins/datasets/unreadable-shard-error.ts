interface Details {
  readonly file: string;
  /** Offset in the file as it lies on disk. */
  readonly byte: number;
  readonly problem: string;
  readonly cause?: unknown;
}

/** A file that cannot be read whole: cut off, damaged, or in a compression that is not read here. None of its records count. */
export class UnreadableShardError extends Error {
  readonly code = 'REPRO_UNREADABLE_SHARD';
  readonly file: string;
  readonly byte: number;

  constructor({ file, byte, problem, cause }: Details) {
    super(`${file}: ${problem} (byte ${byte}).`, { cause });
    this.name = new.target.name;
    this.file = file;
    this.byte = byte;
  }
}
