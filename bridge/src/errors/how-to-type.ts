import { basename, dirname } from 'node:path';

/**
 * A command of ours as a person here would type it, for hints: `repro doctor`, or `npx repro doctor` where it was not
 * started as an installed `repro` (a checkout, a project's node_modules, a program).
 */
export function howToType(command: string): string {
  const [, started = ''] = process.argv;
  const installed = basename(started) === 'repro' && basename(dirname(started)) !== '.bin';
  return `${installed ? 'repro' : 'npx repro'}${command === '' ? '' : ` ${command}`}`;
}
