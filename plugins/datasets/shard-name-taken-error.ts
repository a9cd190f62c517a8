interface Details {
  readonly shard: string;
  readonly files: readonly [string, string];
}

/** Two paths of the recipe give two files one shard name, so their records could not be told apart. */
export class ShardNameTakenError extends Error {
  readonly code = 'REPRO_SHARD_NAME_TAKEN';
  readonly shard: string;
  readonly files: readonly [string, string];

  constructor({ shard, files }: Details) {
    super(
      `${files.join(' and ')} would both be shard "${shard}". ` +
        'Name them by one glob that begins at a folder they share, such as "pages/{a,b}/*.jsonl".',
    );
    this.name = new.target.name;
    this.shard = shard;
    this.files = files;
  }
}
