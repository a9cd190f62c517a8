import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The repository's root folder, where every command runs. */
export const root = join(import.meta.dirname, '..');

/** Runs a command with this terminal as its own; tells how it ended. */
export function runCommand(command: readonly string[], variables: Readonly<Record<string, string>> = {}): number {
  const [file = '', ...args] = command;
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const { status, error } = spawnSync(file, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path, ...variables },
  });
  if (error) process.stderr.write(`${file}: ${error.message}\n`);
  return status ?? 1;
}
