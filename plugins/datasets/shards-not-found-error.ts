interface Details {
  readonly path: string;
  readonly problem: string;
}

/** A path in the recipe that leads to no file; the message says what is there instead. */
export class ShardsNotFoundError extends Error {
  readonly code = 'REPRO_SHARDS_NOT_FOUND';
  readonly path: string;

  constructor({ path, problem }: Details) {
    super(`No file for dataset path "${path}": ${problem}.`);
    this.name = new.target.name;
    this.path = path;
  }
}
