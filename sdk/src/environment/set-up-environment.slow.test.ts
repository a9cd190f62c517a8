import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvironmentSetUpFailedError } from '../errors/environment-set-up-failed.ts';
import { checkPackages } from './check-packages.ts';
import { completeStamp, type EnvironmentSelection, findEnvironment, placeEnvironment } from './find-environment.ts';
import { findPython } from './find-python.ts';
import { setUpEnvironment } from './set-up-environment.ts';

// A lock of one small wheel that lies in a folder: the real pip, and no network.
let root: string;
let selection: Required<Pick<EnvironmentSelection, 'variables' | 'sources'>>;
let hash: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'repro-set-up-'));
  await mkdir(join(root, 'locks'));
  const wheel = join(root, 'tiny_page-1.0-py3-none-any.whl');
  await buildWheel(wheel);
  hash = createHash('sha256')
    .update(await readFile(wheel))
    .digest('hex');
  await writeLock('cpu', hash);
  selection = {
    variables: { PATH: process.env.PATH, HOME: root, REPRO_CACHE: root, PIP_FIND_LINKS: root, PIP_NO_INDEX: '1' },
    sources: { locks: join(root, 'locks'), packages: root },
  };
});
afterEach(() => rm(root, { recursive: true }));

async function buildWheel(path: string): Promise<void> {
  const code = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny_page.py", "text = 'hello'")
    wheel.writestr("tiny_page-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny-page\\nVersion: 1.0\\n")
    wheel.writestr("tiny_page-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tiny_page-1.0.dist-info/RECORD", "")
`;
  await execa((await findPython()).executable, ['-c', code, path]);
}

async function writeLock(name: string, sha256: string): Promise<void> {
  await writeFile(join(root, 'locks', `${name}.txt`), `tiny-page==1.0 \\\n    --hash=sha256:${sha256}\n`);
}

describe('setUpEnvironment', () => {
  it('makes what the lock says, once for everybody who asks at the same time', async () => {
    const messages: string[] = [];
    const onProgress = ({ message }: { message: string }) => void messages.push(message);
    const results = await Promise.all([1, 2].map(() => setUpEnvironment({ ...selection, onProgress })));

    expect(results.map(({ changed }) => changed).sort()).toEqual([false, true]);
    expect(messages).toContain('waiting for another set-up of the same environment');
    const environment = findEnvironment(selection);
    expect(environment?.folder).toBe(results[0]?.folder);
    const { python, lock } = results[0] ?? expect.fail();
    expect((await execa(python, ['-c', 'import tiny_page; print(tiny_page.text)'])).stdout).toBe('hello');
    expect(await checkPackages(python, lock)).toMatchObject({ status: 'ok' });
    expect(await readdir(join(root, 'env'))).toEqual([`cpu-${lock.hash}`]);
    expect((await setUpEnvironment(selection)).changed).toBe(false);
  });

  it('throws away what an interrupted set-up left', async () => {
    const place = placeEnvironment(selection);
    await mkdir(join(place.folder, 'bin'), { recursive: true });
    await writeFile(place.python, 'half a file');
    await setUpEnvironment(selection);
    expect((await execa(place.python, ['-c', 'print(1)'])).stdout).toBe('1');
  });

  it('refuses a file that is not the locked one, names it, and leaves no complete environment', async () => {
    await writeLock('cpu', '0'.repeat(64));
    const error = await setUpEnvironment(selection).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EnvironmentSetUpFailedError);
    expect((error as EnvironmentSetUpFailedError).output.join('\n')).toMatch(
      /tiny-page==1\.0.*\n.*Expected sha256 0000/s,
    );
    expect(findEnvironment(selection)).toBeUndefined();
  });

  it('installs an addition on top without touching the rest', async () => {
    const { folder, lock } = await setUpEnvironment(selection);
    const stamp = await readFile(completeStamp(folder, lock), 'utf8');
    await writeLock('dev', hash);
    expect((await setUpEnvironment({ ...selection, additions: ['dev'] })).changed).toBe(true);
    expect(findEnvironment({ ...selection, additions: ['dev'] })?.folder).toBe(folder);
    expect(await readFile(completeStamp(folder, lock), 'utf8')).toBe(stamp);
  });
});
