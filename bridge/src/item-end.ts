import type { ReproError } from './errors/repro-error.ts';
import { errorFromWire } from './errors/wire-error.ts';
import type { ChunkEntry } from './protocol.ts';

/** How an item ended on the worker. */
export type ItemEnd =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: ReproError };

/** What the final entry of an item says. */
export function readItemEnd(kind: 'value' | 'end' | 'error', value: unknown, error: ChunkEntry['error']): ItemEnd {
  if (kind === 'error') {
    const missing = {
      code: 'REPRO_WORKER_PROTOCOL',
      summary: 'An error without a description.',
      traceback: null,
      retryable: false,
    };
    return { kind, error: errorFromWire(error ?? missing) };
  }
  return kind === 'end' ? { kind } : { kind, value };
}
