import type { ResultPromise } from 'execa';
import { execa } from 'execa';

/** A Python process at the other end of some wire. */
export interface WireLoop extends AsyncDisposable {
  /** Host to Python and back. Python keeps the texts for `callBack`. */
  echo(texts: readonly string[]): Promise<readonly string[]>;
  /** Has Python send the kept texts to the host, which answers with them; resolves when Python has them back. */
  callBack(): Promise<void>;
}

/** Starts the Python side of a loop that is no part of repro. */
export function startPython(python: string, script: string, args: readonly string[]): ResultPromise {
  return execa(python, [new URL(script, import.meta.url).pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    reject: false,
  });
}
