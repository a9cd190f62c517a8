import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PythonNotFoundError } from '../errors/python-not-found.ts';
import { findPython } from './find-python.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'repro-python-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A program that answers the probe as an interpreter of this version would. */
async function writeInterpreter(path: string, version: string): Promise<string> {
  await writeProgram(path, `echo '{"executable": "${path}", "version": "${version}", "implementation": "CPython"}'`);
  return path;
}

async function writeProgram(path: string, body: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}

it('passes over interpreters of another version and shims that do not start', async () => {
  await writeProgram(join(root, 'broken', 'python3.11'), 'echo "pyenv: version not found" >&2; exit 127');
  await writeInterpreter(join(root, 'newer', 'python3'), '3.13.1');
  const good = await writeInterpreter(join(root, 'good', 'python3'), '3.11.4');
  const path = ['broken', 'newer', 'good'].map((name) => join(root, name)).join(':');

  expect(await findPython({ variables: { PATH: path } })).toEqual({ executable: good, version: '3.11.4' });
});

it('looks behind the shims of pyenv, also without a home folder', async () => {
  await writeProgram(join(root, 'shims', 'python3.11'), 'exit 127');
  const good = await writeInterpreter(join(root, 'versions', '3.11.9', 'bin', 'python3.11'), '3.11.9');

  expect(await findPython({ variables: { PATH: join(root, 'shims') } })).toEqual({
    executable: good,
    version: '3.11.9',
  });
});

it('tries nothing else when REPRO_BASE_PYTHON names one, and says what is wrong with it', async () => {
  const newer = await writeInterpreter(join(root, 'python'), '3.13.1');
  const good = await writeInterpreter(join(root, 'good', 'python3.11'), '3.11.4');
  const variables = { PATH: dirname(good), REPRO_BASE_PYTHON: newer };

  const error = await findPython({ variables }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PythonNotFoundError);
  expect((error as PythonNotFoundError).tried).toEqual([{ executable: newer, problem: 'is CPython 3.13.1' }]);
});
