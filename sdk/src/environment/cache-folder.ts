import { homedir } from 'node:os';
import { join } from 'node:path';

/** Environment variables, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Where environments and converted models live: `$REPRO_CACHE`, `$XDG_CACHE_HOME/repro` or `~/.cache/repro`. Workers look in the same place. */
export function cacheFolder(variables: Variables = process.env): string {
  if (variables.REPRO_CACHE) return variables.REPRO_CACHE;
  if (variables.XDG_CACHE_HOME) return join(variables.XDG_CACHE_HOME, 'repro');
  return join(variables.HOME || homedir(), '.cache', 'repro');
}
