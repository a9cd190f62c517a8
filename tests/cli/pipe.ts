import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const program = fileURLToPath(new URL('../../sdk/bin/repro.js', import.meta.url));

/** What comes out at the end of a pipeline, and the exit code of its first command. */
export function pipe(command: string, reader: string) {
  const script = `"${process.execPath}" "${program}" ${command} | ${reader}; echo "exit \${PIPESTATUS[0]}"`;
  return promisify(execFile)('bash', ['-c', script], { maxBuffer: 10_000_000 });
}
