import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The repository's root folder, where every command runs. */
export const root = join(import.meta.dirname, '..');

/** Runs a command with this terminal as its own; tells how it ended. Ctrl-C is the command's to answer. */
export async function runCommand(
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [file = '', ...args] = command;
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const child = spawn(file, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path, ...variables },
  });
  const wait = (): void => {};
  const stop = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', stop);
  const { promise, resolve } = Promise.withResolvers<number>();
  child.on('exit', (status, signal) => resolve(status ?? (signal === 'SIGINT' ? 130 : 1)));
  child.on('error', (error) => {
    process.stderr.write(`${file}: ${error.message}\n`);
    resolve(1);
  });
  const status = await promise;
  process.off('SIGINT', wait).off('SIGTERM', stop);
  return status;
}
