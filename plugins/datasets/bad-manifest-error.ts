interface Details {
  readonly manifest: string;
  readonly problem: string;
  readonly cause?: unknown;
}

/** The file that says what the shards should hold cannot be read, or does not fit the shards there are. */
export class BadManifestError extends Error {
  readonly code = 'REPRO_BAD_MANIFEST';
  readonly manifest: string;

  constructor({ manifest, problem, cause }: Details) {
    super(`Manifest ${manifest} ${problem}.`, { cause });
    this.name = new.target.name;
    this.manifest = manifest;
  }
}
