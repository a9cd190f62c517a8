interface Details {
  readonly file: string;
  /** What was compared. */
  readonly what: 'records' | 'sha256';
  readonly found: number | string;
  readonly expected: number | string;
}

/** A file that can be read but is not what the manifest says: cut off between two records, or changed. None of its records count. */
export class ShardDiffersError extends Error {
  readonly code = 'REPRO_SHARD_DIFFERS';
  readonly file: string;
  readonly what: 'records' | 'sha256';
  readonly found: number | string;
  readonly expected: number | string;

  constructor({ file, what, found, expected }: Details) {
    super(
      what === 'records'
        ? `${file} holds ${found} records, its manifest says ${expected}.`
        : `${file} has sha256 ${found}, its manifest says ${expected}.`,
    );
    this.name = new.target.name;
    this.file = file;
    this.what = what;
    this.found = found;
    this.expected = expected;
  }
}
