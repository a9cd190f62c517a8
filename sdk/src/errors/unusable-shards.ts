import { ReproError } from '@repro/bridge';

export interface UnusableShard {
  readonly shard: string;
  readonly error: Error;
}

/** Several shards cannot be used, each for its own reason; all others were committed. */
export class UnusableShardsError extends ReproError {
  readonly code = 'REPRO_UNUSABLE_SHARDS';
  readonly shards: readonly UnusableShard[];

  constructor({ shards }: { readonly shards: readonly UnusableShard[] }) {
    super([`${shards.length} shards cannot be used:`, ...shards.map(({ error }) => `  ${error.message}`)].join('\n'), {
      hint: 'Put whole files in their place; the same command then goes on with them.',
      cause: shards[0]?.error,
    });
    this.shards = shards;
  }
}

/** What a stage throws for the shards that it could not use; one alone speaks for itself. */
export function unusableShards(shards: readonly UnusableShard[]): Error | undefined {
  return shards.length > 1 ? new UnusableShardsError({ shards }) : shards[0]?.error;
}
